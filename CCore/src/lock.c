#include <assert.h>
#include <ccore/lock.h>

/// A moment that never comes: the clock of a lock stops one before it.
#define NEVER UINT64_MAX

static uint64_t earlier(uint64_t one_ms, uint64_t other_ms) { return one_ms < other_ms ? one_ms : other_ms; }
static uint64_t later(uint64_t one_ms, uint64_t other_ms) { return one_ms > other_ms ? one_ms : other_ms; }

/// `duration_ms` after `start_ms`; NEVER rather than a wrap-around.
static uint64_t after(uint64_t start_ms, uint64_t duration_ms) {
  return duration_ms > NEVER - start_ms ? NEVER : start_ms + duration_ms;
}

void lk_lock_init(lk_lock *lock) { *lock = (lk_lock){.state = LK_LOCK_UNREAD}; }

/// Notes that the coil is energised from `lock->now_ms` on.
static void heat_coil(lk_lock *lock, const lk_lock_config *config) {
  lock->has_pulsed = true;
  lock->pulse_start_ms = lock->now_ms;
  lock->cool_until_ms = after(lock->now_ms, (uint64_t)config->pulse_ms + config->cool_down_ms);
}

void lk_lock_init_hot(lk_lock *lock, const lk_lock_config *config, uint64_t now_ms) {
  assert(lk_lock_config_is_valid(config));
  *lock = (lk_lock){.state = LK_LOCK_UNREAD, .now_ms = earlier(now_ms, NEVER - 1)};
  heat_coil(lock, config);
}

// Outputs ---------------------------------------------------------------------------------------------

static void emit(lk_outputs *outputs, lk_output output) {
  assert(outputs->count < LK_LOCK_MAXIMUM_OUTPUTS);
  outputs->list[outputs->count++] = output;
}

static void emit_event(lk_outputs *outputs, lk_event event, uint64_t command_id) {
  emit(outputs, (lk_output){.kind = LK_OUTPUT_EVENT, .event = event, .command_id = command_id});
}

static void emit_outcome(const lk_lock *lock, lk_outputs *outputs, uint64_t command_id, lk_outcome outcome,
                         lk_refusal refusal) {
  emit(outputs, (lk_output){.kind = LK_OUTPUT_OUTCOME,
                            .command_id = command_id,
                            .outcome = outcome,
                            .refusal = refusal,
                            .item = lock->item});
}

/// Ends the command in work with its one outcome.
static void finish(lk_lock *lock, lk_outputs *outputs, lk_outcome outcome, lk_refusal refusal) {
  assert(lock->command_id != 0);
  emit_outcome(lock, outputs, lock->command_id, outcome, refusal);
  lock->command_id = 0;
  lock->expire_ms = 0;
  lock->pulses = 0;
}

// Sensors ---------------------------------------------------------------------------------------------

static void drop_door_change(lk_lock *lock) {
  lock->door_pending = false;
  lock->door_pending_open = false;
  lock->door_pending_ms = 0;
}

static void drop_item_change(lk_lock *lock) {
  lock->item_pending = false;
  lock->item_pending_present = false;
  lock->item_pending_ms = 0;
}

/// True when the debounced door already is as read; never in UNREAD.
static bool door_is(lk_lock_state state, bool open) {
  switch (state) {
    case LK_LOCK_UNREAD: return false;
    case LK_LOCK_CLOSED:
    case LK_LOCK_COOLING:
    case LK_LOCK_PULSING:
    case LK_LOCK_WAITING: return !open;
    case LK_LOCK_OPEN:
    case LK_LOCK_LEFT_OPEN:
    case LK_LOCK_FORCED: return open;
  }
  return false;
}

static void read_door(lk_lock *lock, bool open) {
  if (door_is(lock->state, open)) {
    drop_door_change(lock);
  } else if (!lock->door_pending || lock->door_pending_open != open) {
    lock->door_pending = true;
    lock->door_pending_open = open;
    lock->door_pending_ms = lock->now_ms;
  }
}

static void read_item(lk_lock *lock, bool present) {
  if (lock->item == (present ? LK_ITEM_PRESENT : LK_ITEM_ABSENT)) {
    drop_item_change(lock);
  } else if (!lock->item_pending || lock->item_pending_present != present) {
    lock->item_pending = true;
    lock->item_pending_present = present;
    lock->item_pending_ms = lock->now_ms;
  }
}

static void enter_closed(lk_lock *lock) {
  lock->state = LK_LOCK_CLOSED;
  lock->opened_ms = 0;
}

static void enter_open(lk_lock *lock, lk_outputs *outputs, uint64_t at_ms) {
  lock->state = LK_LOCK_OPEN;
  lock->opened_ms = at_ms;
  emit_event(outputs, LK_EVENT_DOOR_OPENED, lock->command_id);
}

static void enter_forced(lk_lock *lock, lk_outputs *outputs, uint64_t at_ms) {
  lock->state = LK_LOCK_FORCED;
  lock->opened_ms = at_ms;
  emit_event(outputs, LK_EVENT_FORCED, 0);
}

/// The debounced door changed at `at_ms`: it is the other way round than the state says.
static void door_changed(lk_lock *lock, lk_outputs *outputs, uint64_t at_ms) {
  const bool open = lock->door_pending_open;
  drop_door_change(lock);
  switch (lock->state) {
    case LK_LOCK_UNREAD:
      if (open) enter_forced(lock, outputs, at_ms);
      else enter_closed(lock);
      break;
    case LK_LOCK_CLOSED: enter_forced(lock, outputs, at_ms); break;
    case LK_LOCK_COOLING:
      if (lock->pulses > 0) {
        enter_open(lock, outputs, at_ms);
      } else {
        enter_forced(lock, outputs, at_ms);
        finish(lock, outputs, LK_OUTCOME_REFUSED, LK_REFUSAL_BUSY);
      }
      break;
    case LK_LOCK_PULSING:
    case LK_LOCK_WAITING: enter_open(lock, outputs, at_ms); break;
    case LK_LOCK_OPEN:
    case LK_LOCK_LEFT_OPEN:
      emit_event(outputs, LK_EVENT_DOOR_CLOSED, lock->command_id);
      finish(lock, outputs, LK_OUTCOME_OPENED_AND_CLOSED, LK_REFUSAL_NONE);
      enter_closed(lock);
      break;
    case LK_LOCK_FORCED:
      emit_event(outputs, LK_EVENT_DOOR_CLOSED, 0);
      enter_closed(lock);
      break;
  }
}

/// The debounced item changed. What is read first after UNREAD is no change: nobody knows what was before.
static void item_changed(lk_lock *lock, lk_outputs *outputs) {
  const bool was_known = lock->item != LK_ITEM_UNKNOWN;
  lock->item = lock->item_pending_present ? LK_ITEM_PRESENT : LK_ITEM_ABSENT;
  drop_item_change(lock);
  if (!was_known) return;
  emit(outputs, (lk_output){.kind = LK_OUTPUT_EVENT,
                            .event = lock->item == LK_ITEM_PRESENT ? LK_EVENT_ITEM_IN : LK_EVENT_ITEM_OUT,
                            .command_id = lock->command_id,
                            .item = lock->item});
}

// Timers ----------------------------------------------------------------------------------------------

static uint64_t item_due(const lk_lock *lock, const lk_lock_config *config) {
  return lock->item_pending ? after(lock->item_pending_ms, config->debounce_ms) : NEVER;
}

static uint64_t door_due(const lk_lock *lock, const lk_lock_config *config) {
  return lock->door_pending ? after(lock->door_pending_ms, config->debounce_ms) : NEVER;
}

/// When the window to open is over: not while a reading from within it is still being debounced.
static uint64_t window_due(const lk_lock *lock, const lk_lock_config *config) {
  const uint64_t end_ms = after(lock->pulse_start_ms, config->open_window_ms);
  const bool opens = lock->door_pending && lock->door_pending_ms <= end_ms;
  return opens ? later(end_ms, door_due(lock, config)) : end_ms;
}

/// When the state ends by itself. COOLING ends so only when no pulse may come of it any more: the coil is
/// cool, but the command has expired. (A retry enters COOLING when its window is over: only the coil counts.)
static uint64_t state_due(const lk_lock *lock, const lk_lock_config *config) {
  switch (lock->state) {
    case LK_LOCK_COOLING: return later(lock->cool_until_ms, lock->expire_ms);
    case LK_LOCK_PULSING: return after(lock->pulse_start_ms, config->pulse_ms);
    case LK_LOCK_WAITING: return window_due(lock, config);
    case LK_LOCK_OPEN: return after(lock->opened_ms, config->left_open_ms);
    case LK_LOCK_UNREAD:
    case LK_LOCK_CLOSED:
    case LK_LOCK_LEFT_OPEN:
    case LK_LOCK_FORCED: return NEVER;
  }
  return NEVER;
}

static void state_over(lk_lock *lock, lk_outputs *outputs) {
  switch (lock->state) {
    case LK_LOCK_COOLING:
      finish(lock, outputs, lock->pulses > 0 ? LK_OUTCOME_JAMMED : LK_OUTCOME_EXPIRED, LK_REFUSAL_NONE);
      enter_closed(lock);
      break;
    case LK_LOCK_PULSING: lock->state = LK_LOCK_WAITING; break;
    case LK_LOCK_WAITING:
      if (lock->pulses < LK_LOCK_MAXIMUM_PULSES) {
        lock->state = LK_LOCK_COOLING;
      } else {
        finish(lock, outputs, LK_OUTCOME_JAMMED, LK_REFUSAL_NONE);
        enter_closed(lock);
      }
      break;
    case LK_LOCK_OPEN:
      lock->state = LK_LOCK_LEFT_OPEN;
      emit_event(outputs, LK_EVENT_LEFT_OPEN, lock->command_id);
      break;
    case LK_LOCK_UNREAD:
    case LK_LOCK_CLOSED:
    case LK_LOCK_LEFT_OPEN:
    case LK_LOCK_FORCED: break;
  }
}

/// Lets everything take effect that is due up to and including `until_ms`, in order of its due time.
static void settle(lk_lock *lock, const lk_lock_config *config, lk_outputs *outputs, uint64_t until_ms) {
  for (;;) {
    const uint64_t item_ms = item_due(lock, config);
    const uint64_t door_ms = door_due(lock, config);
    const uint64_t state_ms = state_due(lock, config);
    const uint64_t next_ms = earlier(item_ms, earlier(door_ms, state_ms));
    if (next_ms > until_ms) return;
    if (item_ms == next_ms) item_changed(lock, outputs);
    else if (door_ms == next_ms) door_changed(lock, outputs, door_ms);
    else state_over(lock, outputs);
  }
}

/// The only place that starts a pulse.
static void start_pulse_if_due(lk_lock *lock, const lk_lock_config *config, lk_outputs *outputs) {
  if (lock->state != LK_LOCK_COOLING || lock->cool_until_ms > lock->now_ms) return;
  assert(lock->now_ms < lock->expire_ms && lock->pulses < LK_LOCK_MAXIMUM_PULSES);
  lock->state = LK_LOCK_PULSING;
  lock->pulses++;
  heat_coil(lock, config);
  emit(outputs, (lk_output){.kind = LK_OUTPUT_PULSE,
                            .command_id = lock->command_id,
                            .pulse_ms = config->pulse_ms});
  emit_event(outputs, LK_EVENT_FIRED, lock->command_id);
}

uint64_t lk_lock_wake_up(const lk_lock *lock, const lk_lock_config *config) {
  const bool cooling = lock->state == LK_LOCK_COOLING;
  const uint64_t state_ms = cooling ? lock->cool_until_ms : state_due(lock, config);
  return earlier(state_ms, earlier(item_due(lock, config), door_due(lock, config)));
}

// Commands and the board ------------------------------------------------------------------------------

static lk_refusal refusal_of(const lk_lock *lock, uint64_t expire_ms) {
  if (expire_ms <= lock->now_ms) return LK_REFUSAL_EXPIRED;
  switch (lock->state) {
    case LK_LOCK_UNREAD: return LK_REFUSAL_BOARD;
    case LK_LOCK_CLOSED: return LK_REFUSAL_NONE;
    case LK_LOCK_COOLING:
    case LK_LOCK_PULSING:
    case LK_LOCK_WAITING:
    case LK_LOCK_OPEN:
    case LK_LOCK_LEFT_OPEN:
    case LK_LOCK_FORCED: return LK_REFUSAL_BUSY;
  }
  return LK_REFUSAL_BUSY;
}

static void unlock(lk_lock *lock, lk_outputs *outputs, uint64_t command_id, uint64_t expire_ms) {
  if (command_id == 0 || command_id == lock->command_id) return;
  const lk_refusal refusal = refusal_of(lock, expire_ms);
  if (refusal != LK_REFUSAL_NONE) {
    emit_outcome(lock, outputs, command_id, LK_OUTCOME_REFUSED, refusal);
    return;
  }
  lock->state = LK_LOCK_COOLING;
  lock->command_id = command_id;
  lock->expire_ms = expire_ms;
  emit_event(outputs, LK_EVENT_ACCEPTED, command_id);
}

static void lose_board(lk_lock *lock, lk_outputs *outputs) {
  drop_door_change(lock);
  drop_item_change(lock);
  lock->item = LK_ITEM_UNKNOWN;
  if (lock->state == LK_LOCK_UNREAD) return;
  lock->state = LK_LOCK_UNREAD;
  lock->opened_ms = 0;
  emit_event(outputs, LK_EVENT_BOARD_ERROR, 0);
  if (lock->command_id == 0) return;
  if (lock->pulses > 0) finish(lock, outputs, LK_OUTCOME_UNKNOWN, LK_REFUSAL_NONE);
  else finish(lock, outputs, LK_OUTCOME_REFUSED, LK_REFUSAL_BOARD);
}

static void take(lk_lock *lock, lk_outputs *outputs, lk_input input) {
  switch (input.kind) {
    case LK_INPUT_UNLOCK: unlock(lock, outputs, input.command_id, input.expire_ms); break;
    case LK_INPUT_DOOR: read_door(lock, input.flag); break;
    case LK_INPUT_ITEM: read_item(lock, input.flag); break;
    case LK_INPUT_TICK: break;
    case LK_INPUT_BOARD_ERROR: lose_board(lock, outputs); break;
  }
}

void lk_lock_apply(lk_lock *lock, const lk_lock_config *config, lk_input input, uint64_t now_ms,
                   lk_outputs *outputs) {
  assert(lk_lock_config_is_valid(config));
  outputs->count = 0;
  lock->now_ms = later(lock->now_ms, earlier(now_ms, NEVER - 1));
  if (lock->now_ms > 0) settle(lock, config, outputs, lock->now_ms - 1);
  take(lock, outputs, input);
  settle(lock, config, outputs, lock->now_ms);
  start_pulse_if_due(lock, config, outputs);
}
