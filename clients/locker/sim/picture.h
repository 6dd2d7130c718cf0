/// picture.h — the cabinet drawn on a terminal, four compartments in a row; as plain text elsewhere.
#ifndef BOARD_PICTURE_H
#define BOARD_PICTURE_H

#include <stdio.h>

#include "cabinet.h"

/// Draws all compartments; with `ansi` over the picture before, in colour.
void picture_draw(const cabinet *cabinet, FILE *terminal, bool ansi);

#endif
