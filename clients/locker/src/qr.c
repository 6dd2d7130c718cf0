#include "qr.h"

#include <errno.h>
#include <png.h>
#include <qrencode.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

int qr_encode(qr *qr, const char *token) {
  *qr = (struct qr){0};
  if (token[0] == '\0' || strlen(token) > QR_MAXIMUM_TOKEN) return -1;
  QRcode *code = QRcode_encodeString8bit(token, 0, QR_ECLEVEL_M);
  if (code == NULL) return -1;
  const unsigned inner = (unsigned)code->width;
  qr->side = inner + 2 * QR_QUIET_MODULES;
  qr->dark = calloc(qr->side, qr->side);
  for (unsigned y = 0; qr->dark != NULL && y < inner; y++) {
    for (unsigned x = 0; x < inner; x++) {
      qr->dark[(y + QR_QUIET_MODULES) * qr->side + x + QR_QUIET_MODULES] = code->data[y * inner + x] & 1;
    }
  }
  QRcode_free(code);
  return qr->dark != NULL ? 0 : -1;
}

void qr_free(qr *qr) {
  free(qr->dark);
  *qr = (struct qr){0};
}

/// Writes the picture into an open file. libpng reports trouble with longjmp; everything that must be freed
/// is made before setjmp and never changed after it.
static int write_picture(const qr *qr, FILE *file) {
  const unsigned pixels = qr->side * QR_MODULE_PIXELS;
  png_byte *const row = malloc(pixels);
  png_struct *png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_info *info = png != NULL ? png_create_info_struct(png) : NULL;
  if (row == NULL || info == NULL || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, &info);
    free(row);
    return -1;
  }
  png_init_io(png, file);
  png_set_IHDR(png, info, pixels, pixels, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (unsigned y = 0; y < pixels; y++) {
    const unsigned char *modules = qr->dark + (y / QR_MODULE_PIXELS) * qr->side;
    for (unsigned x = 0; x < pixels; x++) row[x] = modules[x / QR_MODULE_PIXELS] ? 0x00 : 0xFF;
    png_write_row(png, row);
  }
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  free(row);
  return 0;
}

int qr_write_png(const qr *qr, const char *path) {
  char beside[FILE_PATH_BYTES];
  if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside) {
    errno = ENAMETOOLONG;
    return -1;
  }
  const int fd = file_create(beside, 0600);
  if (fd < 0) return -1;
  FILE *file = fdopen(fd, "wb");
  if (file == NULL) {
    close(fd);
    return -1;
  }
  int result = write_picture(qr, file);
  if (fclose(file) != 0) result = -1;
  if (result == 0) result = rename(beside, path);
  if (result != 0) {
    const int saved = errno;
    unlink(beside);
    errno = saved;
  }
  return result;
}

static bool is_dark(const qr *qr, unsigned x, unsigned y) {
  return y < qr->side && qr->dark[y * qr->side + x] != 0;
}

void qr_draw(const qr *qr, FILE *terminal, bool colour) {
  for (unsigned y = 0; y < qr->side; y += 2) {
    if (colour) fputs("\033[30;107m", terminal);
    for (unsigned x = 0; x < qr->side; x++) {
      const bool upper = is_dark(qr, x, y), lower = is_dark(qr, x, y + 1);
      fputs(upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ", terminal);
    }
    fputs(colour ? "\033[0m\n" : "\n", terminal);
  }
}
