/// journal_state.h — what a journal adds up to: open commands and entries that wait for the server. Pure.
///
/// The same function applies a record when it is read back and when it is written, so that what is in memory
/// is always what a restart would find.
#ifndef LOCKER_JOURNAL_STATE_H
#define LOCKER_JOURNAL_STATE_H

#include <stddef.h>

#include "journal_record.h"

enum {
  JOURNAL_MAXIMUM_OPEN = 256,      ///< commands without outcome
  JOURNAL_MAXIMUM_WAITING = 65536  ///< entries that the server has not acknowledged
};

/// A command without outcome.
typedef struct {
  int64_t sequence;
  uint32_t compartment;
  int64_t expire_time_ms;  ///< Unix milliseconds by the server's clock
  bool firing;             ///< an unlock for it may have left
  bool given;              ///< this process has given it to its lock; not on disk
  uint64_t expire_ms;      ///< the same expiry on this process's monotonic clock, once given; not on disk
  uint64_t pulse_by_ms;    ///< its lock wants a pulse before then; 0: none, or the board has it; not on disk
} journal_command;

/// A report entry that waits.
typedef struct {
  int64_t number;
  uint32_t compartment;
  int64_t sequence;       ///< 0: no command is the cause
  int64_t time_ms;        ///< Unix milliseconds, as well as was known when it was written
  bool dated_here;        ///< `monotonic_ms` counts: this process saw it; not on disk
  uint64_t monotonic_ms;
  bool is_outcome;
  uint8_t what;
  uint8_t refusal;
  uint8_t item;
} journal_entry;

typedef struct {
  int64_t highest_sequence;
  int64_t acknowledged;     ///< the last entry that the server has
  journal_command open[JOURNAL_MAXIMUM_OPEN];
  size_t open_count;
  journal_entry *waiting;   ///< oldest first, numbered on from `acknowledged`; owned
  size_t waiting_count;
  size_t waiting_capacity;
} journal_state;

void journal_state_free(journal_state *state);

/// Applies one record. Returns NULL, or why it cannot follow on what was before (a constant text); then
/// nothing has changed.
const char *journal_state_apply(journal_state *state, const journal_record *record);

/// The open command with this sequence number, or NULL.
journal_command *journal_state_find(journal_state *state, int64_t sequence);

#endif
