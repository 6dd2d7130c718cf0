#include "locks.h"

#include <assert.h>
#include <string.h>

#include "clock.h"

void locks_init(locks *locks, const locks_listener *listener) {
  memset(locks, 0, sizeof *locks);
  locks->timing = lk_lock_config_default();
  locks->listener = *listener;
}

void locks_configure(locks *locks, unsigned count, bool has_item_sensors, const lk_lock_config *timing,
                     uint64_t now_ms) {
  assert(count <= BOARD_MAXIMUM_COMPARTMENTS && lk_lock_config_is_valid(timing));
  for (unsigned i = locks->count; i < count; i++) lk_lock_init_hot(&locks->lock[i], timing, now_ms);
  memset(locks->last, 0, sizeof locks->last);
  locks->count = count;
  locks->has_item_sensors = has_item_sensors;
  locks->timing = *timing;
}

// From the machine's words to the contract's ----------------------------------------------------------

static Latchkey__V1__LockEvent event_of(lk_event event) {
  switch (event) {
    case LK_EVENT_ACCEPTED: return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_ACCEPTED;
    case LK_EVENT_FIRED: return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_FIRED;
    case LK_EVENT_DOOR_OPENED: return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_DOOR_OPENED;
    case LK_EVENT_DOOR_CLOSED: return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_DOOR_CLOSED;
    case LK_EVENT_ITEM_IN: return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_ITEM_IN;
    case LK_EVENT_ITEM_OUT: return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_ITEM_OUT;
    case LK_EVENT_LEFT_OPEN: return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_LEFT_OPEN;
    case LK_EVENT_FORCED: return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_FORCED;
    case LK_EVENT_BOARD_ERROR: return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_BOARD_ERROR;
  }
  return LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_UNSPECIFIED;
}

static Latchkey__V1__CommandOutcome outcome_of(lk_outcome outcome) {
  switch (outcome) {
    case LK_OUTCOME_OPENED_AND_CLOSED:
      return LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_OPENED_AND_CLOSED;
    case LK_OUTCOME_JAMMED: return LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_JAMMED;
    case LK_OUTCOME_REFUSED: return LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_REFUSED;
    case LK_OUTCOME_EXPIRED: return LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_EXPIRED;
    case LK_OUTCOME_UNKNOWN: return LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_UNKNOWN;
  }
  return LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_UNKNOWN;
}

static Latchkey__V1__CommandRefusal refusal_of(lk_refusal refusal) {
  switch (refusal) {
    case LK_REFUSAL_NONE: return LATCHKEY__V1__COMMAND_REFUSAL__COMMAND_REFUSAL_UNSPECIFIED;
    case LK_REFUSAL_BUSY: return LATCHKEY__V1__COMMAND_REFUSAL__COMMAND_REFUSAL_BUSY;
    case LK_REFUSAL_EXPIRED: return LATCHKEY__V1__COMMAND_REFUSAL__COMMAND_REFUSAL_EXPIRED;
    case LK_REFUSAL_BOARD: return LATCHKEY__V1__COMMAND_REFUSAL__COMMAND_REFUSAL_BOARD;
  }
  return LATCHKEY__V1__COMMAND_REFUSAL__COMMAND_REFUSAL_UNSPECIFIED;
}

static Latchkey__V1__ItemState item_of(lk_item item) {
  switch (item) {
    case LK_ITEM_UNKNOWN: return LATCHKEY__V1__ITEM_STATE__ITEM_STATE_UNSPECIFIED;
    case LK_ITEM_ABSENT: return LATCHKEY__V1__ITEM_STATE__ITEM_STATE_ABSENT;
    case LK_ITEM_PRESENT: return LATCHKEY__V1__ITEM_STATE__ITEM_STATE_PRESENT;
  }
  return LATCHKEY__V1__ITEM_STATE__ITEM_STATE_UNSPECIFIED;
}

// Inputs ----------------------------------------------------------------------------------------------

static void tell(locks *locks, unsigned index, const lk_output *output, uint64_t now_ms) {
  locks_news news = {.compartment = index + 1, .sequence = (int64_t)output->command_id};
  switch (output->kind) {
    case LK_OUTPUT_PULSE:
      locks->listener.pulse(locks->listener.context, news.sequence,
                            now_ms + locks->timing.open_window_ms - output->pulse_ms);
      return;
    case LK_OUTPUT_EVENT:
      news.event = event_of(output->event);
      if (output->event == LK_EVENT_ITEM_IN || output->event == LK_EVENT_ITEM_OUT)
        news.item = item_of(output->item);
      break;
    case LK_OUTPUT_OUTCOME:
      news.outcome = outcome_of(output->outcome);
      news.refusal = refusal_of(output->refusal);
      news.item = item_of(output->item);
      break;
  }
  locks->listener.news(locks->listener.context, &news, now_ms);
}

static void tell_event(locks *locks, unsigned index, Latchkey__V1__LockEvent event, lk_item item,
                       uint64_t now_ms) {
  const locks_news news = {.compartment = index + 1, .event = event, .item = item_of(item)};
  locks->listener.news(locks->listener.context, &news, now_ms);
}

/// The only place that feeds a machine.
static void apply(locks *locks, unsigned index, lk_input input, uint64_t now_ms) {
  lk_lock *lock = &locks->lock[index];
  lk_outputs outputs;
  const bool was_unread = lock->state == LK_LOCK_UNREAD;
  const bool was_item_unknown = lock->item == LK_ITEM_UNKNOWN;
  lk_lock_apply(lock, &locks->timing, input, now_ms, &outputs);
  // What is read first is no change to the machine; the server has to know it all the same.
  if (was_item_unknown && lock->item != LK_ITEM_UNKNOWN) {
    tell_event(locks, index,
               lock->item == LK_ITEM_PRESENT ? LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_ITEM_IN
                                             : LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_ITEM_OUT,
               lock->item, now_ms);
  }
  for (size_t i = 0; i < outputs.count; i++) tell(locks, index, &outputs.list[i], now_ms);
  if (was_unread && lock->state == LK_LOCK_CLOSED) {
    tell_event(locks, index, LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_FOUND_CLOSED, LK_ITEM_UNKNOWN, now_ms);
  }
}

static bool is_set(uint16_t bits, unsigned bit) { return (bits >> bit & 1) != 0; }

void locks_read(locks *locks, unsigned unit, uint16_t closed, uint16_t present, uint64_t now_ms) {
  const locks_reading before = locks->last[unit];
  const uint16_t other_doors = closed ^ before.closed, other_items = present ^ before.present;
  locks->lost[unit] = false;
  locks->last[unit] = (locks_reading){.known = true,
                                      .closed = closed,
                                      .present = present,
                                      .doubt = before.known ? other_doors : 0,
                                      .at_ms = now_ms};
  if (!before.known) return;
  for (unsigned bit = 0; bit < BOARD_COMPARTMENTS_PER_UNIT; bit++) {
    const unsigned index = unit * BOARD_COMPARTMENTS_PER_UNIT + bit;
    if (index >= locks->count) return;
    // The item first: a key that is there when its door shuts belongs to the outcome.
    const lk_input item = {.kind = LK_INPUT_ITEM, .flag = is_set(present, bit)};
    const lk_input door = {.kind = LK_INPUT_DOOR, .flag = !is_set(closed, bit)};
    if (locks->has_item_sensors && !is_set(other_items, bit)) apply(locks, index, item, before.at_ms);
    if (!is_set(other_doors, bit)) apply(locks, index, door, before.at_ms);
  }
}

static bool is_in_doubt(const locks *locks, unsigned index) {
  const locks_reading *last = &locks->last[index / BOARD_COMPARTMENTS_PER_UNIT];
  return last->known && is_set(last->doubt, index % BOARD_COMPARTMENTS_PER_UNIT);
}

/// How far a lock's time may go on: to now, or to the reading that has put it in doubt.
static uint64_t horizon_ms(const locks *locks, unsigned index, uint64_t now_ms) {
  if (!is_in_doubt(locks, index)) return now_ms;
  return clock_earlier(locks->last[index / BOARD_COMPARTMENTS_PER_UNIT].at_ms, now_ms);
}

void locks_lose(locks *locks, unsigned unit, uint64_t now_ms) {
  locks->lost[unit] = true;
  for (unsigned bit = 0; bit < BOARD_COMPARTMENTS_PER_UNIT; bit++) {
    const unsigned index = unit * BOARD_COMPARTMENTS_PER_UNIT + bit;
    if (index >= locks->count) break;
    // A machine that never read its door has nothing to lose and says nothing: the desk should know all the
    // same.
    if (locks->lock[index].state == LK_LOCK_UNREAD) {
      tell_event(locks, index, LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_BOARD_ERROR, LK_ITEM_UNKNOWN, now_ms);
    }
    apply(locks, index, (lk_input){.kind = LK_INPUT_BOARD_ERROR}, horizon_ms(locks, index, now_ms));
  }
  locks->last[unit].known = false;
}

bool locks_can_judge(const locks *locks, unsigned compartment) {
  assert(compartment >= 1 && compartment <= locks->count);
  const unsigned index = compartment - 1;
  if (locks->lost[index / BOARD_COMPARTMENTS_PER_UNIT]) return true;
  return locks->lock[index].state != LK_LOCK_UNREAD && !is_in_doubt(locks, index);
}

void locks_unlock(locks *locks, unsigned compartment, int64_t sequence, uint64_t expire_ms, uint64_t now_ms) {
  assert(compartment >= 1 && compartment <= locks->count && sequence > 0);
  const lk_input input = {.kind = LK_INPUT_UNLOCK, .command_id = (uint64_t)sequence, .expire_ms = expire_ms};
  apply(locks, compartment - 1, input, now_ms);
}

void locks_advance(locks *locks, uint64_t now_ms) {
  for (unsigned i = 0; i < locks->count; i++) {
    const uint64_t until_ms = horizon_ms(locks, i, now_ms);
    if (lk_lock_wake_up(&locks->lock[i], &locks->timing) <= until_ms) {
      apply(locks, i, (lk_input){.kind = LK_INPUT_TICK}, until_ms);
    }
  }
}

uint64_t locks_wake_up_ms(const locks *locks) {
  uint64_t next_ms = CLOCK_NEVER;
  for (unsigned i = 0; i < locks->count; i++) {
    const uint64_t wake_ms = lk_lock_wake_up(&locks->lock[i], &locks->timing);
    if (wake_ms <= horizon_ms(locks, i, CLOCK_NEVER)) next_ms = clock_earlier(next_ms, wake_ms);
  }
  return next_ms;
}
