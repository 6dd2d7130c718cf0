/// kr_cu16.h — the driver for Kerong KR-CU16 boards on one RS-485 line (L4).
///
/// Compartment n (from 0) is lock n % 16 of the board with address `first_address` + n / 16. Each board is
/// asked for its status every KR_POLL_MS. A board counts as there once it has confirmed the unlock time, so
/// that no coil is ever held longer than the settings say; one that keeps another time is lost.
///
/// The line is half-duplex: a question would run into an answer that is still to come. So after an unlock the
/// line is quiet until the board has answered with its status, which some do at once and some when the coil
/// is off again: for KR_UNLOCK_ANSWER_MS at most, and for no more than half the window to open, so that the
/// door is seen while that counts. Nothing hangs on the answer itself; the sensors tell.
///
/// Quiet has a price: meanwhile no door is seen, and one that is opened and shut in that time never was. Some
/// boards answer no unlock at all. One that has left KR_SILENT_UNLOCKS in a row unanswered counts as such and
/// is asked for its status after KR_UNLOCK_PAUSE_MS already, until it answers an unlock within that pause or
/// is lost.
#ifndef LOCKER_KR_CU16_H
#define LOCKER_KR_CU16_H

#include "board.h"

enum {
  KR_POLL_MS = 100,           ///< from one status question to the next to the same board
  KR_STATUS_ANSWER_MS = 300,  ///< no answer to a question after this long: asked again
  KR_UNLOCK_ANSWER_MS = 1500, ///< how late the answer to an unlock may come
  KR_SILENT_UNLOCKS = 2,
  KR_UNLOCK_PAUSE_MS = 60,
  KR_LOST_AFTER_MS = 1500,    ///< a question unanswered for this long, repeats included: lost
  KR_PROBE_MS = 1000          ///< how often a lost board, or a lost line, is tried
};

/// A driver for the line at `path`. Nothing is opened yet; a line that is missing is tried again and again.
/// `path` and `listener` outlive the driver. Returns NULL when memory is short.
board *kr_cu16_open(const char *path, unsigned baud, unsigned first_address, const board_listener *listener);

#endif
