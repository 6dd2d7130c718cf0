#include "journal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "journal_file.h"

enum { MAXIMUM_UNWRITTEN = 4 << 20 };

static void append(journal *journal, journal_record record) {
  record.index = journal->count;
  record.synced = journal->synced;
  const char *problem = journal_state_apply(&journal->state, &record);
  assert(problem == NULL);  // every caller has checked
  (void)problem;
  uint8_t line[JOURNAL_RECORD_BYTES];
  journal_record_write(line, &record);
  journal->count++;
  const bool kept = bytes_append(&journal->unwritten, line, sizeof line);
  assert(kept);  // the loop commits long before the limit
  (void)kept;
}

int journal_add_command(journal *journal, int64_t sequence, uint32_t compartment, int64_t expire_time_ms) {
  if (sequence <= journal->state.highest_sequence || sequence > JOURNAL_MAXIMUM_NUMBER) return -1;
  if (journal->state.open_count == JOURNAL_MAXIMUM_OPEN) return -1;
  append(journal, (journal_record){.kind = RECORD_COMMAND,
                                   .sequence = sequence,
                                   .compartment = compartment,
                                   .time_ms = expire_time_ms});
  return 0;
}

void journal_add_firing(journal *journal, int64_t sequence) {
  append(journal, (journal_record){.kind = RECORD_FIRING, .sequence = sequence});
}

int journal_add_entry(journal *journal, const journal_entry *entry) {
  const size_t limit = JOURNAL_MAXIMUM_WAITING - (entry->is_outcome ? 0 : JOURNAL_KEPT_FOR_OUTCOMES);
  if (journal->state.waiting_count >= limit) return -1;
  append(journal,
         (journal_record){.kind = entry->is_outcome ? RECORD_OUTCOME : RECORD_EVENT,
                          .number = journal->state.acknowledged + (int64_t)journal->state.waiting_count + 1,
                          .compartment = entry->compartment,
                          .sequence = entry->sequence,
                          .time_ms = entry->time_ms,
                          .what = entry->what,
                          .refusal = entry->refusal,
                          .item = entry->item});
  journal_entry *added = &journal->state.waiting[journal->state.waiting_count - 1];
  added->dated_here = entry->dated_here;
  added->monotonic_ms = entry->monotonic_ms;
  return 0;
}

int journal_reconcile(journal *journal, int64_t acknowledged) {
  const journal_state *state = &journal->state;
  if (acknowledged < 0 || acknowledged > JOURNAL_MAXIMUM_NUMBER) return -1;
  if (acknowledged == state->acknowledged) return 0;
  const bool ours = acknowledged > state->acknowledged &&
                    acknowledged - state->acknowledged <= (int64_t)state->waiting_count;
  append(journal,
         (journal_record){.kind = ours ? RECORD_ACKNOWLEDGED : RECORD_REBASED, .number = acknowledged});
  return 0;
}

void journal_set_aside(journal *journal) {
  assert(journal->state.waiting_count > 0);
  append(journal, (journal_record){.kind = RECORD_SET_ASIDE, .number = journal->state.waiting[0].number});
}

// On disk ---------------------------------------------------------------------------------------------

/// Writes the file anew with what still matters.
static int compact(journal *journal) {
  const uint64_t count = journal_file_write(journal->directory, &journal->state);
  if (count == 0) return -1;
  const int fd = journal_file_append_to(journal->directory);
  if (fd < 0) return -1;
  close(journal->fd);
  journal->fd = fd;
  journal->count = count;
  journal->synced = count;
  const uint64_t twice_bytes = count * JOURNAL_RECORD_BYTES * 2;
  journal->compact_at_bytes = twice_bytes > JOURNAL_COMPACT_BYTES ? twice_bytes : JOURNAL_COMPACT_BYTES;
  return 0;
}

int journal_commit(journal *journal) {
  if (journal->synced == journal->count) return 0;
  if (file_write_all(journal->fd, journal->unwritten.data, journal->unwritten.length) != 0) return -1;
  if (fdatasync(journal->fd) != 0) return -1;
  bytes_consume(&journal->unwritten, journal->unwritten.length);
  journal->synced = journal->count;
  return journal->count * JOURNAL_RECORD_BYTES > journal->compact_at_bytes ? compact(journal) : 0;
}

int journal_create(const char *directory) {
  const journal_state empty = {0};
  return journal_file_write(directory, &empty) > 0 ? 0 : -1;
}

void journal_close(journal *journal) {
  if (journal->fd >= 0) close(journal->fd);
  journal->fd = -1;
  bytes_free(&journal->unwritten);
  journal_state_free(&journal->state);
}

journal_result journal_open(journal *journal, const char *directory, char problem[JOURNAL_PROBLEM_BYTES]) {
  memset(journal, 0, sizeof *journal);
  journal->directory = directory;
  journal->fd = -1;
  journal->compact_at_bytes = JOURNAL_COMPACT_BYTES;
  bytes_init(&journal->unwritten, MAXIMUM_UNWRITTEN);
  const journal_result result =
      journal_file_read(directory, &journal->state, &journal->count, &journal->cut_bytes, problem);
  if (result != JOURNAL_OK) {
    journal_state_free(&journal->state);
    return result;
  }
  journal->fd = journal_file_append_to(directory);
  if (journal->fd >= 0) {
    journal->synced = journal->count;
    return JOURNAL_OK;
  }
  snprintf(problem, JOURNAL_PROBLEM_BYTES, "The journal in %s cannot be written: %s.", directory,
           strerror(errno));
  journal_close(journal);
  return JOURNAL_FAILED;
}
