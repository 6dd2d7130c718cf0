/// output.h — text for a terminal, a pipe or a file whose reader may stop at any time. Doors are watched, so
/// nobody waits for a reader: what is not taken at once is dropped.
#ifndef LOCKER_OUTPUT_H
#define LOCKER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

enum { OUTPUT_CHUNK_BYTES = 256 };  ///< a terminal or pipe that takes anything takes this without waiting

/// Writes what is taken at once. False when the rest was dropped.
bool output_write(int fd, const char *text, size_t length);

#endif
