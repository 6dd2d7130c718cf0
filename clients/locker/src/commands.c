#include "commands.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "log.h"
#include "timestamp.h"

// Journal ---------------------------------------------------------------------------------------------

bool commands_commit(commands *commands) {
  if (commands->failed) return false;
  if (journal_commit(commands->journal) == 0) return true;
  log_error(
      "the journal in %s cannot be written: %s; stopping, because nothing may be done that is not recorded",
      commands->journal->directory, strerror(errno));
  commands->failed = true;
  return false;
}

static const char *event_name(Latchkey__V1__LockEvent event) {
  const ProtobufCEnumValue *value =
      protobuf_c_enum_descriptor_get_value(&latchkey__v1__lock_event__descriptor, (int)event);
  return value != NULL ? value->name : "?";
}

static const char *outcome_name(Latchkey__V1__CommandOutcome outcome) {
  const ProtobufCEnumValue *value =
      protobuf_c_enum_descriptor_get_value(&latchkey__v1__command_outcome__descriptor, (int)outcome);
  return value != NULL ? value->name : "?";
}

static void log_news(const locks_news *news) {
  const bool alarm = news->event == LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_FORCED ||
                     news->event == LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_LEFT_OPEN;
  if (news->outcome != 0) {
    log_info("command %" PRId64 ", compartment %u: %s", news->sequence, news->compartment,
             outcome_name(news->outcome));
  } else {
    log_line(alarm ? LEVEL_WARNING : LEVEL_DEBUG, "compartment %u: %s", news->compartment,
             event_name(news->event));
  }
}

static void keep_news(void *context, const locks_news *news, uint64_t now_ms) {
  commands *commands = context;
  const journal_entry entry = {
      .compartment = news->compartment,
      .sequence = news->sequence,
      .time_ms = server_clock_time(commands->clock, now_ms, clock_wall_ms(), clock_monotonic_ms()),
      .dated_here = true,
      .monotonic_ms = now_ms,
      .is_outcome = news->outcome != 0,
      .what = (uint8_t)(news->outcome != 0 ? (int)news->outcome : (int)news->event),
      .refusal = (uint8_t)news->refusal,
      .item = (uint8_t)news->item,
  };
  log_news(news);
  if (journal_add_entry(commands->journal, &entry) == 0) return;
  log_error("%d report entries wait already; %s of compartment %u is lost", JOURNAL_MAXIMUM_WAITING,
            news->outcome != 0 ? outcome_name(news->outcome) : event_name(news->event), news->compartment);
}

// Commands --------------------------------------------------------------------------------------------

static void end_command(commands *commands, const journal_command *command,
                        Latchkey__V1__CommandOutcome outcome, Latchkey__V1__CommandRefusal refusal,
                        uint64_t now_ms) {
  const locks_news news = {.compartment = command->compartment,
                           .sequence = command->sequence,
                           .outcome = outcome,
                           .refusal = refusal};
  keep_news(commands, &news, now_ms);
}

void commands_end_fired(commands *commands, uint64_t now_ms) {
  journal_state *state = &commands->journal->state;
  for (size_t i = state->open_count; i > 0; i--) {
    // An outcome takes its command out and puts the last one in its place, which was looked at before.
    const journal_command command = state->open[i - 1];
    if (!command.firing) continue;
    end_command(commands, &command, LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_UNKNOWN,
                LATCHKEY__V1__COMMAND_REFUSAL__COMMAND_REFUSAL_UNSPECIFIED, now_ms);
  }
}

void commands_take(commands *commands, const Latchkey__V1__UnlockCommand *command) {
  if (command->sequence <= commands->journal->state.highest_sequence) {
    log_debug("command %" PRId64 " came again and is ignored", command->sequence);
    return;
  }
  const int64_t expire_time_ms = timestamp_ms(command->expire_time);
  const uint32_t compartment = command->compartment > 0 ? (uint32_t)command->compartment : 0;
  if (journal_add_command(commands->journal, command->sequence, compartment, expire_time_ms) != 0) {
    log_error("command %" PRId64 " cannot be kept: %zu are open already", command->sequence,
              commands->journal->state.open_count);
    return;
  }
  log_info("command %" PRId64 ": open compartment %u", command->sequence, compartment);
}

/// True for a command that its lock has yet to hear of. What is firing and was not given to a lock here was
/// fired by an earlier process; it waits for commands_end_fired of a later start where its outcome could not
/// be kept.
static bool waits_for_lock(const journal_command *command) { return !command->given && !command->firing; }

/// The oldest command that its lock has not heard of and that can be judged now, or NULL.
static journal_command *next_command(commands *commands, uint64_t now_ms) {
  journal_state *state = &commands->journal->state;
  journal_command *next = NULL;
  for (size_t i = 0; i < state->open_count; i++) {
    journal_command *command = &state->open[i];
    if (!waits_for_lock(command) || (next != NULL && next->sequence < command->sequence)) continue;
    const bool exists = command->compartment >= 1 && command->compartment <= commands->locks->count;
    const bool expired = now_ms >= server_clock_reaches(commands->clock, command->expire_time_ms);
    if (!exists || expired || locks_can_judge(commands->locks, command->compartment)) next = command;
  }
  return next;
}

void commands_give(commands *commands) {
  const bool can = commands->clock->known && commands->locks->count > 0;
  if (!can || commands->journal->state.open_count == 0 || !commands_commit(commands)) return;
  const uint64_t now_ms = clock_monotonic_ms();
  for (;;) {
    journal_command *command = next_command(commands, now_ms);
    if (command == NULL) return;
    command->given = true;
    command->expire_ms = server_clock_reaches(commands->clock, command->expire_time_ms);
    const journal_command given = *command;
    if (given.compartment >= 1 && given.compartment <= commands->locks->count) {
      locks_unlock(commands->locks, given.compartment, given.sequence, given.expire_ms, now_ms);
    } else {
      end_command(commands, &given, LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_REFUSED,
                  LATCHKEY__V1__COMMAND_REFUSAL__COMMAND_REFUSAL_BOARD, now_ms);
    }
  }
}

/// A lock wants its coil energised: noted here, done by commands_fire.
static void pulse(void *context, int64_t sequence, uint64_t deadline_ms) {
  commands *commands = context;
  journal_command *command = journal_state_find(&commands->journal->state, sequence);
  if (command == NULL) return;
  journal_add_firing(commands->journal, sequence);
  command->pulse_by_ms = clock_earlier(deadline_ms, command->expire_ms);
}

void commands_fire(commands *commands) {
  journal_state *state = &commands->journal->state;
  for (size_t i = 0; i < state->open_count; i++) {
    journal_command *command = &state->open[i];
    if (command->pulse_by_ms == 0) continue;
    if (!commands_commit(commands)) return;
    commands->board->driver->unlock(commands->board, command->compartment - 1, command->pulse_by_ms);
    command->pulse_by_ms = 0;
  }
}

uint64_t commands_wake_up_ms(const commands *commands) {
  uint64_t next_ms = CLOCK_NEVER;
  const journal_state *state = &commands->journal->state;
  for (size_t i = 0; i < state->open_count && commands->clock->known && commands->locks->count > 0; i++) {
    if (state->open[i].pulse_by_ms != 0) return 0;
    if (!waits_for_lock(&state->open[i])) continue;
    next_ms = clock_earlier(next_ms, server_clock_reaches(commands->clock, state->open[i].expire_time_ms));
  }
  return next_ms;
}

locks_listener commands_listener(commands *commands) {
  return (locks_listener){.context = commands, .pulse = pulse, .news = keep_news};
}
