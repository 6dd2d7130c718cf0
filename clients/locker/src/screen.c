#include "screen.h"

#include <ccore/crypto.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "output.h"

static void remove_picture(const screen *screen) {
  if (screen->picture_path == NULL || unlink(screen->picture_path) == 0 || errno == ENOENT) return;
  log_error("the picture %s cannot be removed: %s", screen->picture_path, strerror(errno));
}

void screen_init(screen *screen, const char *picture_path, bool on_terminal) {
  memset(screen, 0, sizeof *screen);
  screen->picture_path = picture_path;
  screen->on_terminal = on_terminal;
  remove_picture(screen);
}

/// Copies a name that people gave, without what could move a terminal's cursor.
static void copy_name(char *name, size_t capacity, const char *text) {
  snprintf(name, capacity, "%s", text);
  for (char *c = name; *c != '\0'; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
  }
}

static uint64_t seconds_left(const screen *screen, uint64_t now_ms) {
  return screen->expire_ms > now_ms ? (screen->expire_ms - now_ms + 999) / 1000 : 0;
}

/// What is drawn, in memory first: a terminal that stands still holds up nobody.
typedef struct {
  FILE *file;
  char *text;
  size_t length;
} drawing;

static bool begin_drawing(drawing *drawing) {
  drawing->file = open_memstream(&drawing->text, &drawing->length);
  return drawing->file != NULL;
}

static void end_drawing(drawing *drawing) {
  if (fclose(drawing->file) == 0) output_write(STDOUT_FILENO, drawing->text, drawing->length);
  free(drawing->text);
}

/// Draws the line under the code; on a real terminal over the one before.
static void draw_caption(screen *screen, FILE *file, uint64_t now_ms) {
  const bool terminal = isatty(STDOUT_FILENO);
  screen->seconds_left = seconds_left(screen, now_ms);
  fprintf(file, "%sFor the tablet '%s'", terminal ? "\r\033[K" : "", screen->tablet);
  if (screen->expire_ms != CLOCK_NEVER) {
    fprintf(file, ": %llu seconds left", (unsigned long long)screen->seconds_left);
  }
  if (!terminal) fputc('\n', file);
}

static void draw(screen *screen, uint64_t now_ms) {
  qr code;
  if (qr_encode(&code, screen->token) != 0) {
    log_error("a hand-over token of %zu characters cannot be drawn", strlen(screen->token));
    return;
  }
  if (screen->picture_path != NULL && qr_write_png(&code, screen->picture_path) != 0) {
    log_error("the picture %s cannot be written: %s", screen->picture_path, strerror(errno));
  }
  drawing drawing;
  if (screen->on_terminal && begin_drawing(&drawing)) {
    qr_draw(&code, drawing.file, isatty(STDOUT_FILENO));
    draw_caption(screen, drawing.file, now_ms);
    end_drawing(&drawing);
  }
  qr_free(&code);
}

static void draw_caption_anew(screen *screen, uint64_t now_ms) {
  drawing drawing;
  if (!begin_drawing(&drawing)) return;
  draw_caption(screen, drawing.file, now_ms);
  end_drawing(&drawing);
}

void screen_show(screen *screen, const char *token, const char *tablet, uint64_t expire_ms, uint64_t now_ms) {
  if (strlen(token) > QR_MAXIMUM_TOKEN) {
    log_error("a hand-over token of %zu characters is longer than %d", strlen(token), QR_MAXIMUM_TOKEN);
    return;
  }
  screen->expire_ms = expire_ms;
  if (strcmp(screen->token, token) == 0) return;
  strcpy(screen->token, token);
  copy_name(screen->tablet, sizeof screen->tablet, tablet);
  draw(screen, now_ms);
}

void screen_clear(screen *screen) {
  if (screen->token[0] == '\0') return;
  lk_wipe(screen->token, sizeof screen->token);
  remove_picture(screen);
  if (screen->on_terminal) {
    const char *blank = isatty(STDOUT_FILENO) ? "\033[2J\033[H" : "No hand-over\n";
    output_write(STDOUT_FILENO, blank, strlen(blank));
  }
}

void screen_advance(screen *screen, uint64_t now_ms) {
  if (screen->token[0] == '\0') return;
  if (now_ms >= screen->expire_ms) screen_clear(screen);
  else if (screen->on_terminal && isatty(STDOUT_FILENO) &&
           seconds_left(screen, now_ms) != screen->seconds_left) {
    draw_caption_anew(screen, now_ms);
  }
}

uint64_t screen_wake_up_ms(const screen *screen, uint64_t now_ms) {
  if (screen->token[0] == '\0') return CLOCK_NEVER;
  if (!screen->on_terminal || screen->expire_ms == CLOCK_NEVER) return screen->expire_ms;
  const uint64_t left = seconds_left(screen, now_ms);
  return left == 0 ? now_ms : clock_earlier(screen->expire_ms, screen->expire_ms - (left - 1) * 1000);
}
