/// qr.h — a hand-over token as a QR code: a PNG for the upper screen, half blocks for a terminal (H1, H2).
#ifndef LOCKER_QR_H
#define LOCKER_QR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
  QR_MODULE_PIXELS = 8,    ///< a camera at arm's length wants 6 or more
  QR_QUIET_MODULES = 4,    ///< the margin that the standard asks for
  QR_MAXIMUM_TOKEN = 1024  ///< characters; a longer one is not drawn
};

/// A square of modules with its margin.
typedef struct qr {
  unsigned side;        ///< modules, margin included
  unsigned char *dark;  ///< side × side, 1 is dark; owned
} qr;

/// Encodes a token with medium error correction. Returns 0, or -1 when it is empty, too long or memory is
/// short. The caller ends it with qr_free.
int qr_encode(qr *qr, const char *token) __attribute__((warn_unused_result));
void qr_free(qr *qr);

/// Writes the code as a black-and-white PNG over `path`: beside it first and renamed, so that nobody reads
/// half a picture. It need not survive a power cut. Returns 0, or -1 with errno.
int qr_write_png(const qr *qr, const char *path) __attribute__((warn_unused_result));

/// Draws two modules a character, dark on light when `colour`, for a terminal with a light ground otherwise.
void qr_draw(const qr *qr, FILE *terminal, bool colour);

#endif
