/// The lock machine (L2, L3) on a random walk: the guarantees of lock.h hold for whatever comes in, waking up
/// is exact, late ticks equal punctual ones, and a saved machine goes on as if it had never been saved.
#include <ccore/lock.h>
#include <stdlib.h>

#include "check.h"
#include "lock_support.h"
#include "support.h"

enum { STEPS = 1000000, EPISODE_STEPS = 500 };
#define NEVER UINT64_MAX

/// What an observer knows who sees inputs and outputs only.
typedef struct {
  uint64_t command_id, expire_ms;  ///< accepted and without an outcome yet
  unsigned pulses;
  bool opened;
  bool has_pulsed;
  uint64_t pulse_start_ms;
} observer;

static test_random chance;
static lk_lock_config config;
static observer seen;
static uint64_t pairs[LK_LOCK_STATES][LK_INPUT_KINDS];
static uint64_t events[LK_EVENT_BOARD_ERROR + 1];
static uint64_t outcomes[LK_OUTCOME_UNKNOWN + 1], refusals[LK_REFUSAL_BOARD + 1];
static uint64_t retries, late_ticks, late_pulses;

static uint64_t pick(uint64_t minimum, uint64_t maximum) {
  return minimum + random_below(&chance, maximum - minimum + 1);
}

static bool per_cent(uint64_t share) { return random_below(&chance, 100) < share; }

/// Often near the minimum, where timers meet; sometimes up to the maximum.
static uint32_t pick_time(uint64_t minimum, uint64_t often, uint64_t maximum) {
  return (uint32_t)pick(minimum, per_cent(20) ? maximum : often);
}

static lk_lock_config any_config(void) {
  const uint32_t pulse_ms = pick_time(LK_LOCK_PULSE_MINIMUM_MS, 400, LK_LOCK_PULSE_MAXIMUM_MS);
  const lk_lock_config any = {
      .pulse_ms = pulse_ms,
      .cool_down_ms = pick_time(LK_LOCK_COOL_DOWN_MINIMUM_MS, 4000, LK_LOCK_COOL_DOWN_MAXIMUM_MS),
      .open_window_ms = pick_time(pulse_ms + 1, 2000, LK_LOCK_OPEN_WINDOW_MAXIMUM_MS),
      .left_open_ms = pick_time(LK_LOCK_LEFT_OPEN_MINIMUM_MS, 3000, LK_LOCK_LEFT_OPEN_MAXIMUM_MS),
      .debounce_ms = per_cent(20) ? 0 : pick_time(0, 60, LK_LOCK_DEBOUNCE_MAXIMUM_MS),
  };
  CHECK(lk_lock_config_is_valid(&any));
  return any;
}

static uint64_t any_time(const lk_lock *lock) {
  const uint64_t now_ms = lock->now_ms, wake_up_ms = lk_lock_wake_up(lock, &config);
  const uint64_t way = random_below(&chance, 100);
  if (way < 45) return now_ms + pick(0, 60);
  if (way < 65) return now_ms + pick(0, 3000);
  if (way < 94 && wake_up_ms != NEVER) return wake_up_ms - pick(0, 1) + (per_cent(10) ? 1 : 0);
  if (way < 98) return now_ms + pick(0, 200000);
  return now_ms - pick(0, now_ms < 500 ? now_ms : 500);
}

static lk_input any_input(const lk_lock *lock, uint64_t now_ms) {
  static uint64_t last_id = 0;
  const uint64_t way = random_below(&chance, 100);
  if (way < 20) {
    const bool repeated = lock->command_id != 0 && per_cent(20);
    const uint64_t id = repeated ? lock->command_id : per_cent(2) ? 0 : ++last_id;
    const uint64_t expire_ms = per_cent(5) ? NEVER : now_ms + pick(0, per_cent(30) ? 3000 : 60000);
    return unlock_input(id, per_cent(10) ? pick(0, now_ms) : expire_ms);
  }
  if (way < 50) return door_input(per_cent(50));
  if (way < 65) return item_input(per_cent(50));
  if (way < 98) return tick_input();
  return board_error_input();
}

static void observe_event(const lk_output *output, const lk_input *input, uint64_t now_ms, int *answers) {
  events[output->event]++;
  switch (output->event) {
    case LK_EVENT_ACCEPTED:
      CHECK(seen.command_id == 0 && input->kind == LK_INPUT_UNLOCK && now_ms < input->expire_ms);
      CHECK(output->command_id != 0 && output->command_id == input->command_id);
      seen.command_id = input->command_id;
      seen.expire_ms = input->expire_ms;
      seen.pulses = 0;
      seen.opened = false;
      (*answers)++;
      break;
    case LK_EVENT_FIRED: CHECK(seen.has_pulsed && seen.pulse_start_ms == now_ms); break;
    case LK_EVENT_DOOR_OPENED:
      CHECK(seen.command_id != 0 && seen.pulses > 0 && !seen.opened);
      seen.opened = true;
      break;
    case LK_EVENT_LEFT_OPEN: CHECK(seen.command_id != 0 && seen.opened); break;
    case LK_EVENT_FORCED:
    case LK_EVENT_BOARD_ERROR: CHECK(output->command_id == 0); return;
    case LK_EVENT_DOOR_CLOSED:
    case LK_EVENT_ITEM_IN:
    case LK_EVENT_ITEM_OUT: break;
  }
  CHECK(output->command_id == seen.command_id);
}

static void observe_pulse(const lk_output *output, uint64_t now_ms) {
  CHECK(output->command_id != 0 && output->command_id == seen.command_id);
  CHECK(output->pulse_ms == config.pulse_ms);
  CHECK(now_ms < seen.expire_ms && !seen.opened);
  CHECK(seen.pulses < LK_LOCK_MAXIMUM_PULSES);
  if (seen.has_pulsed) CHECK(now_ms >= seen.pulse_start_ms + config.pulse_ms + config.cool_down_ms);
  if (seen.pulses == 1) {
    CHECK(now_ms >= seen.pulse_start_ms + config.open_window_ms);
    retries++;
  }
  seen.pulses++;
  seen.has_pulsed = true;
  seen.pulse_start_ms = now_ms;
}

static void observe_outcome(const lk_output *output, const lk_input *input, int *answers) {
  outcomes[output->outcome]++;
  refusals[output->refusal]++;
  CHECK((output->outcome == LK_OUTCOME_REFUSED) == (output->refusal != LK_REFUSAL_NONE));
  if (output->command_id != seen.command_id) {
    CHECK(input->kind == LK_INPUT_UNLOCK && output->command_id == input->command_id);
    CHECK(output->outcome == LK_OUTCOME_REFUSED);
    (*answers)++;
    return;
  }
  switch (output->outcome) {
    case LK_OUTCOME_OPENED_AND_CLOSED: CHECK(seen.opened); break;
    case LK_OUTCOME_JAMMED: CHECK(seen.pulses > 0 && !seen.opened); break;
    case LK_OUTCOME_UNKNOWN: CHECK(seen.pulses > 0); break;
    case LK_OUTCOME_REFUSED:
    case LK_OUTCOME_EXPIRED: CHECK(seen.pulses == 0); break;
  }
  seen.command_id = 0;
}

/// Holds the guarantees of lock.h against one step. `was_in_work` is the command before it.
static void observe(const lk_lock *lock, lk_input input, const lk_outputs *outputs, uint64_t was_in_work) {
  int pulses = 0, answers = 0;
  for (size_t i = 0; i < outputs->count; i++) {
    const lk_output *output = &outputs->list[i];
    switch (output->kind) {
      case LK_OUTPUT_PULSE:
        pulses++;
        observe_pulse(output, lock->now_ms);
        CHECK(i + 1 < outputs->count && outputs->list[i + 1].event == LK_EVENT_FIRED);
        break;
      case LK_OUTPUT_EVENT: observe_event(output, &input, lock->now_ms, &answers); break;
      case LK_OUTPUT_OUTCOME: observe_outcome(output, &input, &answers); break;
    }
  }
  CHECK(pulses <= 1);
  CHECK(seen.command_id == lock->command_id);
  if (input.kind != LK_INPUT_UNLOCK || input.command_id == 0) CHECK(answers == 0);
  else if (input.command_id == was_in_work) CHECK(answers <= 1);
  else CHECK(answers == 1);
}

/// Equal but for the time of the last step.
static bool stands_the_same(const lk_lock *one, const lk_lock *other) {
  return one->state == other->state && one->item == other->item && one->command_id == other->command_id &&
         one->expire_ms == other->expire_ms && one->pulse_start_ms == other->pulse_start_ms &&
         one->cool_until_ms == other->cool_until_ms && one->opened_ms == other->opened_ms &&
         one->pulses == other->pulses && one->has_pulsed == other->has_pulsed &&
         one->door_pending == other->door_pending && one->door_pending_open == other->door_pending_open &&
         one->door_pending_ms == other->door_pending_ms && one->item_pending == other->item_pending &&
         one->item_pending_present == other->item_pending_present &&
         one->item_pending_ms == other->item_pending_ms;
}

static void wake_up_is_exact(const lk_lock *lock) {
  const uint64_t wake_up_ms = lk_lock_wake_up(lock, &config);
  lk_outputs outputs;
  CHECK(wake_up_ms > lock->now_ms);
  lk_lock before = *lock;
  lk_lock_apply(&before, &config, tick_input(), wake_up_ms - 1, &outputs);
  CHECK(outputs.count == 0 && stands_the_same(&before, lock));
  if (wake_up_ms == NEVER) return;
  lk_lock_apply(&before, &config, tick_input(), wake_up_ms, &outputs);
  CHECK(!stands_the_same(&before, lock));
}

/// Appends as far as there is room. Returns false at the first pulse: from there on late may differ.
static bool append(lk_output *list, size_t *count, size_t room, const lk_outputs *more) {
  for (size_t i = 0; i < more->count; i++) {
    if (more->list[i].kind == LK_OUTPUT_PULSE) return false;
    CHECK(*count < room);
    if (*count < room) list[(*count)++] = more->list[i];
  }
  return true;
}

static bool outputs_equal(const lk_output *one, const lk_output *other) {
  return one->kind == other->kind && one->command_id == other->command_id && one->event == other->event &&
         one->outcome == other->outcome && one->refusal == other->refusal && one->item == other->item;
}

static void late_tick_equals_punctual_ticks(const lk_lock *lock, uint64_t now_ms) {
  lk_lock late = *lock, punctual = *lock;
  lk_outputs late_outputs, outputs;
  lk_output list[32];
  size_t count = 0;
  bool without_pulse = true;
  while (without_pulse && lk_lock_wake_up(&punctual, &config) <= now_ms) {
    lk_lock_apply(&punctual, &config, tick_input(), lk_lock_wake_up(&punctual, &config), &outputs);
    without_pulse = append(list, &count, 32, &outputs);
  }
  lk_lock_apply(&late, &config, tick_input(), now_ms, &late_outputs);
  CHECK(without_pulse ? late_outputs.count == count : late_outputs.count >= count);
  for (size_t i = 0; i < count && i < late_outputs.count; i++) {
    CHECK(outputs_equal(&list[i], &late_outputs.list[i]));
  }
  if (without_pulse) CHECK(stands_the_same(&late, &punctual));
  late_ticks++;
  late_pulses += !without_pulse;
}

/// Saves, damages one bit, loads: the damaged bytes are refused, the others are the machine again.
static void save_and_load(lk_lock *lock) {
  uint8_t saved[LK_LOCK_SAVED_BYTES];
  lk_lock_save(lock, saved);
  lk_lock loaded = {.state = LK_LOCK_FORCED, .now_ms = 77};
  const uint64_t bit = random_below(&chance, 8 * sizeof saved);
  saved[bit / 8] ^= (uint8_t)(1 << bit % 8);
  CHECK(lk_lock_load(&loaded, saved, sizeof saved) == -1);
  CHECK(loaded.state == LK_LOCK_FORCED && loaded.now_ms == 77);
  saved[bit / 8] ^= (uint8_t)(1 << bit % 8);
  CHECK(lk_lock_load(&loaded, saved, sizeof saved) == 0);
  CHECK(loaded.now_ms == lock->now_ms && stands_the_same(&loaded, lock));
  *lock = loaded;
}

static void walk_episode(void) {
  lk_lock lock;
  lk_outputs outputs;
  config = any_config();
  seen = (observer){0};
  lk_lock_init(&lock);
  for (int step = 0; step < EPISODE_STEPS; step++) {
    const uint64_t now_ms = any_time(&lock);
    const lk_input input = any_input(&lock, now_ms);
    wake_up_is_exact(&lock);
    late_tick_equals_punctual_ticks(&lock, now_ms);
    save_and_load(&lock);
    const uint64_t was_in_work = lock.command_id;
    pairs[lock.state][input.kind]++;
    lk_lock_apply(&lock, &config, input, now_ms, &outputs);
    observe(&lock, input, &outputs, was_in_work);
  }
  const uint64_t was_in_work = lock.command_id;
  lk_lock_apply(&lock, &config, board_error_input(), lock.now_ms, &outputs);
  observe(&lock, board_error_input(), &outputs, was_in_work);
  CHECK(seen.command_id == 0);
}

static void guarantees_hold_on_every_step(void) {
  for (int episode = 0; episode < STEPS / EPISODE_STEPS; episode++) walk_episode();
}

/// A walk that never came somewhere has shown nothing about it.
static void the_walk_came_everywhere(void) {
  for (int state = 0; state < LK_LOCK_STATES; state++) {
    for (int kind = 0; kind < LK_INPUT_KINDS; kind++) {
      CHECK_THAT(pairs[state][kind] >= 50, "%s %s: %" PRIu64, state_name((lk_lock_state)state),
                 input_name((lk_input_kind)kind), pairs[state][kind]);
    }
  }
  for (int event = LK_EVENT_ACCEPTED; event <= LK_EVENT_BOARD_ERROR; event++) {
    CHECK_THAT(events[event] >= 100, "event %d: %" PRIu64, event, events[event]);
  }
  for (int outcome = LK_OUTCOME_OPENED_AND_CLOSED; outcome <= LK_OUTCOME_UNKNOWN; outcome++) {
    CHECK_THAT(outcomes[outcome] >= 100, "outcome %d: %" PRIu64, outcome, outcomes[outcome]);
  }
  for (int refusal = LK_REFUSAL_BUSY; refusal <= LK_REFUSAL_BOARD; refusal++) {
    CHECK_THAT(refusals[refusal] >= 100, "refusal %d: %" PRIu64, refusal, refusals[refusal]);
  }
  CHECK(retries >= 100 && late_pulses >= 100);
  printf("       %d steps, %" PRIu64 " commands, %" PRIu64 " pulses (%" PRIu64 " retries), %" PRIu64
         " late ticks (%" PRIu64 " over a pulse)\n",
         (int)STEPS, events[LK_EVENT_ACCEPTED], events[LK_EVENT_FIRED], retries, late_ticks, late_pulses);
}

int main(int count, char **arguments) {
  if (lk_crypto_start() != 0) return 2;
  chance.state = seed_from(count, arguments, 20240607);
  RUN("L3 the guarantees hold on every step of a random walk", guarantees_hold_on_every_step);
  RUN("L3 the walk came everywhere", the_walk_came_everywhere);
  return check_report();
}
