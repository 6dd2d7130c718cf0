/// kr_cu16.h — the driver for Kerong KR-CU16 boards on one RS-485 line (L4).
///
/// Compartment n (from 0) is lock n % 16 of the board with address `first_address` + n / 16. Each board is
/// asked for its status every KR_POLL_MS. A board counts as there once it has confirmed the unlock time, so
/// that no coil is ever held longer than the settings say.
///
/// Some boards answer an unlock, at once or when the coil is off again, and some never do. Nothing hangs on
/// that answer, so it is not waited for: a door that is opened and shut within a second must be seen. The
/// questions go on, and a status that comes late is as good as any other.
#ifndef LOCKER_KR_CU16_H
#define LOCKER_KR_CU16_H

#include "board.h"

enum {
  KR_POLL_MS = 100,  ///< from one status question to the next to the same board
  KR_STATUS_ANSWER_MS = 300,  ///< no answer to a question after this long: asked again
  KR_UNLOCK_PAUSE_MS = 60,  ///< after an unlock, for an answer that comes at once
  KR_LOST_AFTER_MS = 1500,  ///< silent for this long: lost; the answer to an unlock can take a second
  KR_PROBE_MS = 1000,  ///< how often a lost board, or a lost line, is tried
  KR_MINIMUM_GAP_MS = 5  ///< between frames on the line; more where 3.5 characters take longer
};

/// A driver for the line at `path`. Nothing is opened yet; a line that is missing is tried again and again.
/// `path` and `listener` outlive the driver. Returns NULL when memory is short.
board *kr_cu16_open(const char *path, unsigned baud, unsigned first_address, const board_listener *listener);

#endif
