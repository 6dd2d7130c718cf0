#include "journal_state.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_WAITING_CAPACITY = 64 };

void journal_state_free(journal_state *state) {
  free(state->waiting);
  state->waiting = NULL;
  state->waiting_count = 0;
  state->waiting_capacity = 0;
}

journal_command *journal_state_find(journal_state *state, int64_t sequence) {
  for (size_t i = 0; i < state->open_count; i++) {
    if (state->open[i].sequence == sequence) return &state->open[i];
  }
  return NULL;
}

static const char *apply_command(journal_state *state, const journal_record *record) {
  const bool kept = record->kind == RECORD_KEPT_COMMAND;
  if (kept && record->sequence > state->highest_sequence) return "an old command above the highest number";
  if (!kept && record->sequence <= state->highest_sequence) return "a command whose number does not rise";
  if (state->open_count == JOURNAL_MAXIMUM_OPEN) return "more open commands than there may be";
  if (!kept) state->highest_sequence = record->sequence;
  state->open[state->open_count++] = (journal_command){
      .sequence = record->sequence,
      .compartment = record->compartment,
      .expire_time_ms = record->time_ms,
  };
  return NULL;
}

static const char *apply_firing(journal_state *state, const journal_record *record) {
  journal_command *command = journal_state_find(state, record->sequence);
  if (command == NULL) return "a pulse for a command that is not open";
  command->firing = true;
  return NULL;
}

static bool make_room(journal_state *state) {
  if (state->waiting_count < state->waiting_capacity) return true;
  const size_t capacity = state->waiting_capacity > 0 ? state->waiting_capacity * 2 : FIRST_WAITING_CAPACITY;
  journal_entry *grown = realloc(state->waiting, capacity * sizeof *grown);
  if (grown == NULL) return false;
  state->waiting = grown;
  state->waiting_capacity = capacity;
  return true;
}

static const char *apply_entry(journal_state *state, const journal_record *record) {
  const bool ends_command = record->kind == RECORD_OUTCOME;
  if (record->number != state->acknowledged + (int64_t)state->waiting_count + 1) {
    return "a report entry out of order";
  }
  journal_command *command = journal_state_find(state, record->sequence);
  if (ends_command && command == NULL) return "an outcome for a command that is not open";
  if (state->waiting_count == JOURNAL_MAXIMUM_WAITING) return "more report entries than may wait";
  if (!make_room(state)) return "no memory";
  state->waiting[state->waiting_count++] = (journal_entry){
      .number = record->number,
      .compartment = record->compartment,
      .sequence = record->sequence,
      .time_ms = record->time_ms,
      .is_outcome = ends_command || record->kind == RECORD_KEPT_OUTCOME,
      .what = record->what,
      .refusal = record->refusal,
      .item = record->item,
  };
  if (ends_command) *command = state->open[--state->open_count];
  return NULL;
}

/// Forgets the oldest `count` entries and numbers the rest on from `acknowledged`.
static void drop_oldest(journal_state *state, size_t count, int64_t acknowledged) {
  state->acknowledged = acknowledged;
  state->waiting_count -= count;
  if (count > 0)
    memmove(state->waiting, state->waiting + count, state->waiting_count * sizeof *state->waiting);
  for (size_t i = 0; i < state->waiting_count; i++) state->waiting[i].number = acknowledged + (int64_t)i + 1;
}

static const char *apply_acknowledged(journal_state *state, const journal_record *record) {
  const int64_t count = record->number - state->acknowledged;
  if (count < 0 || count > (int64_t)state->waiting_count)
    return "an acknowledgement of entries that do not wait";
  drop_oldest(state, (size_t)count, record->number);
  return NULL;
}

static const char *apply_set_aside(journal_state *state, const journal_record *record) {
  if (state->waiting_count == 0 || state->waiting[0].number != record->number) {
    return "an entry set aside that is not the oldest";
  }
  drop_oldest(state, 1, state->acknowledged);
  return NULL;
}

const char *journal_state_apply(journal_state *state, const journal_record *record) {
  const bool first = record->index == 0;
  if (first != (record->kind == RECORD_BEGIN)) return "a beginning in the wrong place";
  switch (record->kind) {
    case RECORD_BEGIN:
      state->highest_sequence = record->sequence;
      state->acknowledged = record->number;
      return NULL;
    case RECORD_COMMAND:
    case RECORD_KEPT_COMMAND: return apply_command(state, record);
    case RECORD_FIRING: return apply_firing(state, record);
    case RECORD_EVENT:
    case RECORD_OUTCOME:
    case RECORD_KEPT_OUTCOME: return apply_entry(state, record);
    case RECORD_ACKNOWLEDGED: return apply_acknowledged(state, record);
    case RECORD_REBASED: drop_oldest(state, 0, record->number); return NULL;
    case RECORD_SET_ASIDE: return apply_set_aside(state, record);
    default: return "a record of an unknown kind";
  }
}
