/// controller.h — `latchkey-locker run`: one loop that ties session, journal, locks, board and screen
/// together.
///
/// Order of work (L1, L2, S5): a command is on disk before its lock hears of it, "firing" is on disk before
/// the unlock frame is written, an entry is on disk before it is reported. Once asked to stop, only reports
/// go on: doors are left to the next start.
#ifndef LOCKER_CONTROLLER_H
#define LOCKER_CONTROLLER_H

#include "options.h"

enum { CONTROLLER_DRAIN_MS = 2000 };  ///< after SIGTERM, at most so long for reports that still wait

/// Runs until SIGTERM, SIGINT, a refusal for good or a failure of the disk. Returns the exit status.
int controller_run(const options *options);

#endif
