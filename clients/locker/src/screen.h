/// screen.h — what the upper screen shows of a hand-over: the QR as a picture file, on the terminal, or both
/// (H1, H4).
///
/// A terminal that does not take the drawing at once gets part of it or none. The picture is there only while
/// a token is: it is removed when the token goes, when its time is over, and when the controller starts or
/// ends.
#ifndef LOCKER_SCREEN_H
#define LOCKER_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "qr.h"

enum { SCREEN_TABLET_BYTES = 64 };

typedef struct {
  const char *picture_path;  ///< NULL: none
  bool on_terminal;
  char token[QR_MAXIMUM_TOKEN + 1];  ///< empty: nothing is shown
  char tablet[SCREEN_TABLET_BYTES];
  uint64_t expire_ms;  ///< CLOCK_NEVER where the server gave no time
  uint64_t seconds_left;  ///< as last drawn
} screen;

/// A blank screen; an old picture is removed. `picture_path` outlives it.
void screen_init(screen *screen, const char *picture_path, bool on_terminal);

/// Shows a token until `expire_ms`; showing the same one again changes nothing but the time.
void screen_show(screen *screen, const char *token, const char *tablet, uint64_t expire_ms, uint64_t now_ms);

/// Blanks the screen.
void screen_clear(screen *screen);

/// Counts down and blanks what has expired.
void screen_advance(screen *screen, uint64_t now_ms);

/// When screen_advance is wanted at the latest.
uint64_t screen_wake_up_ms(const screen *screen, uint64_t now_ms);

#endif
