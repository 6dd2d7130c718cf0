/// commands.h — from the server's command to the pulse and back to the report: what makes "once" true (L1,
/// L2).
///
/// A command is on disk before its lock hears of it; "firing" is on disk before the board does; what the lock
/// says goes to the journal as a report entry. A disk may take long: what is judged by the clock after a
/// flush is judged by the time after it.
#ifndef LOCKER_COMMANDS_H
#define LOCKER_COMMANDS_H

#include "board.h"
#include "clock.h"
#include "journal.h"
#include "locks.h"

/// All pointers outlive it.
typedef struct commands {
  journal *journal;
  const server_clock *clock;
  locks *locks;
  board *board;
  bool failed;  ///< the disk does not take what must be kept: nothing may be done any more
} commands;

/// What the locks have to say; `context` is the commands.
locks_listener commands_listener(commands *commands);

/// True when everything recorded so far is on disk; sets `failed` otherwise.
bool commands_commit(commands *commands);

/// Right after a start: ends what an earlier process may have fired as unknown. It is never fired again.
void commands_end_fired(commands *commands, uint64_t now_ms);

/// Takes a command from the server; one that came before is ignored.
void commands_take(commands *commands, const Latchkey__V1__UnlockCommand *command);

/// Gives commands that are on disk to their locks, each once in the life of this process, as soon as they can
/// be judged: the server's clock is known, and the door was read or its board is lost. What an earlier
/// process may have fired is never given.
void commands_give(commands *commands);

/// Hands the pulses that locks have asked for to the board, once "firing" is on disk. Each may leave until
/// its command expires, and while it is of use to its lock.
void commands_fire(commands *commands);

/// When a command that waits for its lock expires, and so can be judged, or at once where commands_fire is
/// wanted; CLOCK_NEVER when nothing waits.
uint64_t commands_wake_up_ms(const commands *commands);

#endif
