/// The lock machine (CCore/include/ccore/lock.h): a configuration and a story of inputs and moments. An
/// observer who sees inputs and outputs only holds the machine to what its header guarantees, word for word.
/// Beside it run a twin that is saved and loaded before each step, and one that is woken punctually.
#include <ccore.h>

#include "fuzz.h"

enum { MAXIMUM_STEPS = 256, MAXIMUM_WAKE_UPS = 16 };
#define NEVER UINT64_MAX

/// What somebody knows who sees inputs and outputs only.
typedef struct {
  uint64_t now_ms;
  uint64_t command_id, expire_ms;  ///< in work: accepted, and without an outcome yet
  unsigned pulses;                 ///< of the command in work
  bool opened, closed;             ///< so its events have said
  uint64_t pulse_start_ms;         ///< of the latest pulse
  uint64_t cool_until_ms;          ///< no pulse before it
  uint64_t retry_from_ms;          ///< no second pulse of a command before it
} observer;

static lk_lock_config config;
static observer seen;

/// `duration_ms` later, or NEVER.
static uint64_t after(uint64_t start_ms, uint64_t duration_ms) {
  return start_ms > NEVER - duration_ms ? NEVER : start_ms + duration_ms;
}

// The guarantees --------------------------------------------------------------------------------------

/// The coil is energised from now on.
static void heat_coil(void) {
  seen.pulse_start_ms = seen.now_ms;
  seen.cool_until_ms = after(after(seen.now_ms, config.pulse_ms), config.cool_down_ms);
  seen.retry_from_ms = after(seen.now_ms, config.open_window_ms);
}

static void observe_pulse(const lk_output *output) {
  REQUIRE(output->command_id != 0 && output->command_id == seen.command_id);
  REQUIRE(seen.now_ms < seen.expire_ms);
  REQUIRE(output->pulse_ms == config.pulse_ms);
  REQUIRE(output->pulse_ms >= LK_LOCK_PULSE_MINIMUM_MS && output->pulse_ms <= LK_LOCK_PULSE_MAXIMUM_MS);
  REQUIRE(seen.pulses < LK_LOCK_MAXIMUM_PULSES && !seen.opened);
  REQUIRE(seen.now_ms >= seen.cool_until_ms);
  if (seen.pulses > 0) REQUIRE(seen.now_ms >= seen.retry_from_ms);
  seen.pulses++;
  heat_coil();
}

static void observe_event(const lk_output *output, const lk_input *input, unsigned *answers) {
  const bool is_item = output->event == LK_EVENT_ITEM_IN || output->event == LK_EVENT_ITEM_OUT;
  REQUIRE(output->item == (output->event == LK_EVENT_ITEM_IN    ? LK_ITEM_PRESENT
                           : output->event == LK_EVENT_ITEM_OUT ? LK_ITEM_ABSENT
                                                                : LK_ITEM_UNKNOWN));
  switch (output->event) {
    case LK_EVENT_ACCEPTED:
      REQUIRE(seen.command_id == 0 && input->kind == LK_INPUT_UNLOCK && input->command_id != 0);
      REQUIRE(output->command_id == input->command_id && seen.now_ms < input->expire_ms);
      seen.command_id = input->command_id;
      seen.expire_ms = input->expire_ms;
      seen.pulses = 0;
      seen.opened = seen.closed = false;
      (*answers)++;
      return;
    case LK_EVENT_FIRED: REQUIRE(seen.pulses > 0 && seen.pulse_start_ms == seen.now_ms); break;
    case LK_EVENT_DOOR_OPENED:
      REQUIRE(seen.pulses > 0 && !seen.opened);
      seen.opened = true;
      break;
    case LK_EVENT_DOOR_CLOSED:
      if (seen.command_id != 0) REQUIRE(seen.opened && !seen.closed);
      seen.closed = seen.command_id != 0;
      break;
    case LK_EVENT_LEFT_OPEN: REQUIRE(seen.opened && !seen.closed && seen.command_id != 0); break;
    case LK_EVENT_FORCED:
    case LK_EVENT_BOARD_ERROR: REQUIRE(output->command_id == 0); return;
    case LK_EVENT_ITEM_IN:
    case LK_EVENT_ITEM_OUT: break;
  }
  REQUIRE(is_item || output->event == LK_EVENT_DOOR_CLOSED || output->command_id != 0);
  REQUIRE(output->command_id == seen.command_id);
}

/// A command that is given and refused at once, without having been in work.
static void observe_refusal(const lk_output *output, const lk_input *input, unsigned *answers) {
  REQUIRE(input->kind == LK_INPUT_UNLOCK && input->command_id != 0);
  REQUIRE(output->command_id == input->command_id && output->outcome == LK_OUTCOME_REFUSED);
  REQUIRE((output->refusal == LK_REFUSAL_EXPIRED) == (seen.now_ms >= input->expire_ms));
  (*answers)++;
}

static void observe_outcome(const lk_output *output, const lk_input *input, unsigned *answers) {
  REQUIRE((output->outcome == LK_OUTCOME_REFUSED) == (output->refusal != LK_REFUSAL_NONE));
  if (output->command_id != seen.command_id || seen.command_id == 0) {
    observe_refusal(output, input, answers);
    return;
  }
  switch (output->outcome) {
    case LK_OUTCOME_OPENED_AND_CLOSED: REQUIRE(seen.opened && seen.closed); break;
    case LK_OUTCOME_JAMMED: REQUIRE(seen.pulses > 0 && !seen.opened); break;
    case LK_OUTCOME_UNKNOWN: REQUIRE(seen.pulses > 0 && input->kind == LK_INPUT_BOARD_ERROR); break;
    case LK_OUTCOME_REFUSED:
      REQUIRE(seen.pulses == 0 && output->refusal != LK_REFUSAL_EXPIRED);
      break;
    case LK_OUTCOME_EXPIRED: REQUIRE(seen.pulses == 0 && seen.now_ms >= seen.expire_ms); break;
  }
  seen.command_id = 0;
  seen.pulses = 0;
}

/// Holds one step's outputs against the guarantees.
static void observe(const lk_lock *lock, const lk_input *input, uint64_t now_ms, const lk_outputs *outputs) {
  const uint64_t before = seen.command_id;
  unsigned answers = 0;
  bool ended = false;
  seen.now_ms = now_ms > seen.now_ms ? now_ms : seen.now_ms;
  if (seen.now_ms == NEVER) seen.now_ms--;
  REQUIRE(outputs->count <= LK_LOCK_MAXIMUM_OUTPUTS);
  for (size_t i = 0; i < outputs->count; i++) {
    const lk_output *output = &outputs->list[i];
    switch (output->kind) {
      case LK_OUTPUT_PULSE:
        observe_pulse(output);
        REQUIRE(i + 2 == outputs->count && outputs->list[i + 1].kind == LK_OUTPUT_EVENT &&
                outputs->list[i + 1].event == LK_EVENT_FIRED);
        break;
      case LK_OUTPUT_EVENT: observe_event(output, input, &answers); break;
      case LK_OUTPUT_OUTCOME:
        if (output->command_id == before && before != 0) ended = true;
        observe_outcome(output, input, &answers);
        break;
    }
  }
  const bool is_command = input->kind == LK_INPUT_UNLOCK && input->command_id != 0;
  const bool is_repeat = is_command && input->command_id == before;
  REQUIRE(answers <= (is_command && (!is_repeat || ended) ? 1 : 0));
  if (is_command && !is_repeat) REQUIRE(answers == 1);
  REQUIRE(lock->command_id == seen.command_id && lock->now_ms == seen.now_ms);
}

// Twins -----------------------------------------------------------------------------------------------

static bool outputs_are_equal(const lk_output *one, const lk_output *other, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const lk_output *a = &one[i], *b = &other[i];
    if (a->kind != b->kind || a->command_id != b->command_id || a->pulse_ms != b->pulse_ms ||
        a->event != b->event || a->outcome != b->outcome || a->refusal != b->refusal || a->item != b->item)
      return false;
  }
  return true;
}

static bool locks_are_equal(const lk_lock *a, const lk_lock *b) {
  return a->state == b->state && a->item == b->item && a->now_ms == b->now_ms &&
         a->command_id == b->command_id && a->expire_ms == b->expire_ms &&
         a->pulse_start_ms == b->pulse_start_ms && a->cool_until_ms == b->cool_until_ms &&
         a->opened_ms == b->opened_ms && a->pulses == b->pulses && a->has_pulsed == b->has_pulsed &&
         a->door_pending == b->door_pending && a->door_pending_open == b->door_pending_open &&
         a->item_pending == b->item_pending && a->item_pending_present == b->item_pending_present &&
         a->door_pending_ms == b->door_pending_ms && a->item_pending_ms == b->item_pending_ms;
}

/// What is saved and loaded goes on as if nothing had been; what is damaged is not loaded.
static lk_lock reload(const lk_lock *lock, uint8_t damage) {
  uint8_t saved[LK_LOCK_SAVED_BYTES];
  lk_lock loaded, untouched;
  lk_lock_save(lock, saved);
  REQUIRE(lk_lock_load(&loaded, saved, sizeof saved) == 0);
  REQUIRE(locks_are_equal(lock, &loaded));
  if (damage % 8 != 0) return loaded;
  untouched = loaded;
  saved[lock->now_ms % LK_LOCK_SAVED_BYTES] ^= (uint8_t)(damage | 1);
  REQUIRE(lk_lock_load(&loaded, saved, sizeof saved) == -1);
  REQUIRE(lk_lock_load(&loaded, saved, sizeof saved - 1) == -1);
  REQUIRE(locks_are_equal(&untouched, &loaded));
  return loaded;
}

/// A late step yields what punctual ticks would have yielded, up to the first pulse. A lock's clock stops one before
/// NEVER.
static void check_lateness(lk_lock lock, lk_input input, uint64_t now_ms, const lk_outputs *late) {
  if (now_ms == NEVER) now_ms--;
  lk_output list[(MAXIMUM_WAKE_UPS + 1) * LK_LOCK_MAXIMUM_OUTPUTS];
  size_t count = 0;
  lk_outputs outputs;
  for (int wakes = 0;; wakes++) {
    const uint64_t wake_up_ms = lk_lock_wake_up(&lock, &config);
    const bool is_over = wake_up_ms >= now_ms;
    REQUIRE(wakes < MAXIMUM_WAKE_UPS);
    if (is_over) lk_lock_apply(&lock, &config, input, now_ms, &outputs);
    else lk_lock_apply(&lock, &config, (lk_input){.kind = LK_INPUT_TICK}, wake_up_ms, &outputs);
    for (size_t i = 0; i < outputs.count; i++) {
      if (!is_over && outputs.list[i].kind == LK_OUTPUT_PULSE) {
        REQUIRE(count <= late->count && outputs_are_equal(list, late->list, count));
        return;
      }
      list[count++] = outputs.list[i];
    }
    if (is_over) break;
  }
  REQUIRE(count == late->count && outputs_are_equal(list, late->list, count));
}

/// Waking up is exact: a tick before does nothing, one at it does something, and it lies ahead.
static void check_wake_up(lk_lock lock) {
  const uint64_t wake_up_ms = lk_lock_wake_up(&lock, &config);
  REQUIRE(wake_up_ms > lock.now_ms);
  const lk_input tick = {.kind = LK_INPUT_TICK};
  lk_outputs outputs;
  lk_lock before = lock;
  lk_lock_apply(&lock, &config, tick, wake_up_ms - 1, &outputs);
  REQUIRE(outputs.count == 0);
  before.now_ms = lock.now_ms;
  REQUIRE(locks_are_equal(&before, &lock));
  if (wake_up_ms == NEVER) return;
  lk_lock_apply(&lock, &config, tick, wake_up_ms, &outputs);
  before.now_ms = lock.now_ms;
  REQUIRE(outputs.count > 0 || !locks_are_equal(&before, &lock));
}

// The story -------------------------------------------------------------------------------------------

static lk_lock_config take_config(fuzz_input *input) {
  const uint32_t pulse_ms = fuzz_between(input, LK_LOCK_PULSE_MINIMUM_MS, LK_LOCK_PULSE_MAXIMUM_MS);
  lk_lock_config taken = {.pulse_ms = pulse_ms};
  taken.cool_down_ms = fuzz_between(input, LK_LOCK_COOL_DOWN_MINIMUM_MS, LK_LOCK_COOL_DOWN_MAXIMUM_MS);
  taken.open_window_ms = fuzz_between(input, pulse_ms + 1, LK_LOCK_OPEN_WINDOW_MAXIMUM_MS);
  taken.left_open_ms = LK_LOCK_LEFT_OPEN_MINIMUM_MS + (uint32_t)fuzz_number(input, 3) %
                           (LK_LOCK_LEFT_OPEN_MAXIMUM_MS - LK_LOCK_LEFT_OPEN_MINIMUM_MS + 1);
  taken.debounce_ms = fuzz_between(input, 0, LK_LOCK_DEBOUNCE_MAXIMUM_MS);
  REQUIRE(lk_lock_config_is_valid(&taken));
  return taken;
}

/// A moment; 3 bits choose how.
static uint64_t take_moment(fuzz_input *input, uint8_t way, const lk_lock *lock) {
  const uint64_t wake_up_ms = lk_lock_wake_up(lock, &config);
  switch (way % 8) {
    case 0: return lock->now_ms;
    case 1: return after(lock->now_ms, fuzz_byte(input));
    case 2: return after(lock->now_ms, fuzz_number(input, 2));
    case 3: return after(lock->now_ms, fuzz_number(input, 4));
    case 4: return wake_up_ms == NEVER ? lock->now_ms : wake_up_ms;
    case 5: return wake_up_ms == NEVER ? lock->now_ms : wake_up_ms - 1;
    case 6: return wake_up_ms == NEVER ? lock->now_ms : after(wake_up_ms, fuzz_byte(input));
    default: return fuzz_byte(input) == 0 ? fuzz_number(input, 8) : lock->now_ms - lock->now_ms / 2;
  }
}

static lk_input take_input(fuzz_input *input, uint8_t kind, uint64_t now_ms) {
  switch (kind % 8) {
    case 0:
    case 1: {
      const uint8_t id = fuzz_byte(input);
      const uint64_t expire_ms = id < 0xF0 ? after(now_ms, fuzz_number(input, 2)) : fuzz_number(input, 8);
      return (lk_input){.kind = LK_INPUT_UNLOCK, .command_id = id % 8, .expire_ms = expire_ms};
    }
    case 2: return (lk_input){.kind = LK_INPUT_DOOR, .flag = true};
    case 3: return (lk_input){.kind = LK_INPUT_DOOR, .flag = false};
    case 4: return (lk_input){.kind = LK_INPUT_ITEM, .flag = true};
    case 5: return (lk_input){.kind = LK_INPUT_ITEM, .flag = false};
    case 6: return (lk_input){.kind = LK_INPUT_TICK};
    default: return (lk_input){.kind = LK_INPUT_BOARD_ERROR};
  }
}

/// At the end the board is lost: a command in work gets its outcome then at the latest, and nothing is left.
static void end_story(lk_lock *lock) {
  const lk_input lost = {.kind = LK_INPUT_BOARD_ERROR};
  lk_outputs outputs;
  lk_lock_apply(lock, &config, lost, lock->now_ms, &outputs);
  observe(lock, &lost, lock->now_ms, &outputs);
  REQUIRE(seen.command_id == 0 && lk_lock_wake_up(lock, &config) == NEVER);
}

/// A machine that somebody wrote by hand: where it is loaded at all, it is a possible one, and the observer
/// takes over in the middle of its story.
static bool take_lock(fuzz_input *input, lk_lock *lock) {
  uint8_t saved[LK_LOCK_SAVED_BYTES] = {0}, digest[LK_DIGEST_BYTES];
  size_t taken;
  const uint8_t *bytes = fuzz_take(input, LK_LOCK_SAVED_BYTES - 8, &taken);
  memcpy(saved, bytes, taken);
  lk_digest(digest, saved, LK_LOCK_SAVED_BYTES - 8, NULL);
  memcpy(saved + LK_LOCK_SAVED_BYTES - 8, digest, 8);
  if (lk_lock_load(lock, saved, sizeof saved) != 0) return false;
  const bool is_cooling = lock->state == LK_LOCK_COOLING;
  const bool is_open = lock->state == LK_LOCK_OPEN || lock->state == LK_LOCK_LEFT_OPEN;
  seen = (observer){.now_ms = lock->now_ms,
                    .command_id = lock->command_id,
                    .expire_ms = lock->expire_ms,
                    .pulses = lock->pulses,
                    .opened = lock->command_id != 0 && is_open,
                    .pulse_start_ms = lock->pulse_start_ms,
                    .cool_until_ms = lock->cool_until_ms,
                    .retry_from_ms = is_cooling ? 0 : after(lock->pulse_start_ms, config.open_window_ms)};
  return true;
}

static bool begin_story(fuzz_input *input, lk_lock *lock) {
  const uint8_t way = fuzz_byte(input);
  seen = (observer){0};
  if (way % 4 == 3) return take_lock(input, lock);
  if (way % 4 == 2) {
    seen.now_ms = fuzz_number(input, 2);
    heat_coil();
    lk_lock_init_hot(lock, &config, seen.now_ms);
  } else {
    lk_lock_init(lock);
  }
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input input = {data, size};
  lk_lock lock;
  config = take_config(&input);
  if (!begin_story(&input, &lock)) return 0;
  for (int step = 0; step < MAXIMUM_STEPS && input.left > 0; step++) {
    const uint8_t choice = fuzz_byte(&input);
    const uint64_t now_ms = take_moment(&input, choice >> 3, &lock);
    const lk_input taken = take_input(&input, choice, now_ms);
    const lk_lock before = lock;
    lk_lock twin = reload(&lock, choice);
    lk_outputs outputs, twin_outputs;
    lk_lock_apply(&lock, &config, taken, now_ms, &outputs);
    observe(&lock, &taken, now_ms, &outputs);
    lk_lock_apply(&twin, &config, taken, now_ms, &twin_outputs);
    REQUIRE(outputs.count == twin_outputs.count && locks_are_equal(&lock, &twin));
    REQUIRE(outputs_are_equal(outputs.list, twin_outputs.list, outputs.count));
    if (now_ms > before.now_ms) check_lateness(before, taken, now_ms, &outputs);
    check_wake_up(lock);
  }
  end_story(&lock);
  return 0;
}
