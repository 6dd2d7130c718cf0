/// opening_log.h — the board's own record of what opened, one line each: `TIME door N unlock|forced`.
/// Appended and flushed, never rewritten: whoever doubts the controller compares it with the commands.
#ifndef BOARD_OPENING_LOG_H
#define BOARD_OPENING_LOG_H

#include <stdio.h>

#include "cabinet.h"

/// Opens the file to append. NULL with errno when it cannot be.
FILE *opening_log_open(const char *path);

void opening_log_add(FILE *log, unsigned number, opening_cause cause);

#endif
