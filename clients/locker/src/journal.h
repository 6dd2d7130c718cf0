/// journal.h — what the controller must remember across a power cut: DIR/journal (L1, L2, S5).
///
/// Records are added in memory and reach the disk, all of them or a prefix, with journal_commit, which
/// returns only after fdatasync has. The order of the controller's work hangs on it:
///
///   - a command is committed before its lock hears of it;
///   - RECORD_FIRING is committed before the unlock frame is written to the board;
///   - a report entry, outcomes included, is committed before it is sent.
///
/// Opening writes the file anew without a torn tail, so that what was read is on disk. A record that does not check out, or is missing, although another one
/// says that it was on disk is damage: nothing is opened, because a command might be done twice.
#ifndef LOCKER_JOURNAL_H
#define LOCKER_JOURNAL_H

#include "bytes.h"
#include "journal_file.h"

enum {
  JOURNAL_COMPACT_BYTES = 1 << 20,  ///< a longer file is written anew with what still matters
  JOURNAL_KEPT_FOR_OUTCOMES = 1024  ///< waiting entries that only outcomes may fill
};
#define JOURNAL_MAXIMUM_NUMBER ((int64_t)1 << 53)  ///< sequences and numbers above it are refused

typedef struct {
  journal_state state;  ///< to read; changed through the functions below only
  const char *directory;
  int fd;
  uint64_t count;  ///< records, those not yet written included
  uint64_t synced;  ///< records that are on disk
  bytes unwritten;
  uint64_t compact_at_bytes;
  uint64_t cut_bytes;  ///< how much torn tail was cut off on opening
} journal;

/// Makes an empty journal in `directory`, over an old one. Returns 0, or -1 with errno.
int journal_create(const char *directory) __attribute__((warn_unused_result));

/// Opens the journal in `directory`, which outlives it, and flushes what a process that was killed may have
/// left in memory. Unless JOURNAL_OK, `problem` says what is wrong and
/// what to do. The caller ends it with journal_close.
journal_result journal_open(journal *journal, const char *directory, char problem[JOURNAL_PROBLEM_BYTES]);

void journal_close(journal *journal);

/// Adds a command. Returns 0, or -1 when its number does not rise or too many are open.
int journal_add_command(journal *journal, int64_t sequence, uint32_t compartment, int64_t expire_time_ms)
    __attribute__((warn_unused_result));

/// Notes that an unlock for an open command may leave. Commit before it does.
void journal_add_firing(journal *journal, int64_t sequence);

/// Adds a report entry and gives it the next number; an outcome also ends its command. `entry->number` is
/// ignored. Returns 0, or -1 when too many entries wait.
int journal_add_entry(journal *journal, const journal_entry *entry) __attribute__((warn_unused_result));

/// Learns which entry is the last that the server has: forgets entries up to it. When the number cannot come
/// from this journal (journal or server were restored), it wins, and what waits is numbered on from it.
/// Returns 0, or -1 when the number is out of range.
int journal_reconcile(journal *journal, int64_t acknowledged) __attribute__((warn_unused_result));

/// Gives up the oldest waiting entry, which the server refuses for good.
void journal_set_aside(journal *journal);

/// Brings everything to disk. Returns 0, or -1 with errno: then nothing that depends on it may be done, and
/// the journal is of no more use to this process.
int journal_commit(journal *journal) __attribute__((warn_unused_result));

#endif
