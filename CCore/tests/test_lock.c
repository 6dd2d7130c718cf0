/// The lock machine (L2, L3): one row for every (state, input) pair and its sub-cases.
#include <ccore/lock.h>

#include "check.h"
#include "lock_support.h"

/// A retry waits longer than the window (cool_down_ms > open_window_ms), so that COOLING lasts after a first
/// pulse too. Sensors count at once; `sensor_rows_are_debounced` runs the same rows with debouncing.
static const lk_lock_config config = {
    .pulse_ms = 400, .cool_down_ms = 2000, .open_window_ms = 1000, .left_open_ms = 1000, .debounce_ms = 0};
enum { DEBOUNCE_MS = 50 };

/// Where a row starts. All but UNREAD have read the door closed and the item absent at 100.
typedef enum {
  UNREAD,     ///< until 1,100
  CLOSED,     ///< coil cool
  HOT,        ///< CLOSED after command 5, pulsed at 1,000: coil hot until 3,400
  COOLING_1,  ///< HOT, then command 7 at 1,150
  COOLING_2,  ///< command 7, pulsed at 1,000, window over: retry at 3,400
  PULSING_1,  ///< command 7, pulsed at 1,000
  PULSING_2,  ///< the same, pulsed again at 3,400
  WAITING_1,  ///< first window over at 2,000
  WAITING_2,  ///< second window over at 4,400
  OPEN,       ///< command 7, pulsed at 1,000, opened at 1,500
  LEFT_OPEN,  ///< the same, alarm given at 2,500
  FORCED      ///< opened at 1,000
} start;
enum { STARTS = FORCED + 1, EXPIRE = 9000 };

typedef struct {
  start from;
  lk_input_kind kind;
  bool flag;
  uint64_t command_id, expire_ms;  ///< of UNLOCK
  uint64_t at_ms;
  const char *outputs;
  lk_lock_state next;
  uint64_t wake_up_ms;
} row;

#define NEVER UINT64_MAX
#define UNLOCK(id, expire) LK_INPUT_UNLOCK, false, (id), (expire)
#define DOOR_OPEN LK_INPUT_DOOR, true, 0, 0
#define DOOR_SHUT LK_INPUT_DOOR, false, 0, 0
#define ITEM_IN LK_INPUT_ITEM, true, 0, 0
#define ITEM_OUT LK_INPUT_ITEM, false, 0, 0
#define TICK LK_INPUT_TICK, false, 0, 0
#define LOST LK_INPUT_BOARD_ERROR, false, 0, 0

static const row rows[] = {
    {UNREAD, UNLOCK(7, EXPIRE), 1100, "REFUSED(BOARD)#7 unknown", LK_LOCK_UNREAD, NEVER},
    {UNREAD, UNLOCK(7, 1101), 1100, "REFUSED(BOARD)#7 unknown", LK_LOCK_UNREAD, NEVER},
    {UNREAD, UNLOCK(7, 1100), 1100, "REFUSED(EXPIRED)#7 unknown", LK_LOCK_UNREAD, NEVER},
    {UNREAD, UNLOCK(0, EXPIRE), 1100, "", LK_LOCK_UNREAD, NEVER},
    {UNREAD, DOOR_OPEN, 1100, "FORCED", LK_LOCK_FORCED, NEVER},
    {UNREAD, DOOR_SHUT, 1100, "", LK_LOCK_CLOSED, NEVER},
    {UNREAD, ITEM_IN, 1100, "", LK_LOCK_UNREAD, NEVER},
    {UNREAD, ITEM_OUT, 1100, "", LK_LOCK_UNREAD, NEVER},
    {UNREAD, TICK, 1100, "", LK_LOCK_UNREAD, NEVER},
    {UNREAD, LOST, 1100, "", LK_LOCK_UNREAD, NEVER},

    {CLOSED, UNLOCK(7, EXPIRE), 1100, "ACCEPTED#7 PULSE#7(400) FIRED#7", LK_LOCK_PULSING, 1500},
    {CLOSED, UNLOCK(7, 1101), 1100, "ACCEPTED#7 PULSE#7(400) FIRED#7", LK_LOCK_PULSING, 1500},
    {CLOSED, UNLOCK(7, 1100), 1100, "REFUSED(EXPIRED)#7 absent", LK_LOCK_CLOSED, NEVER},
    {CLOSED, UNLOCK(7, 0), 1100, "REFUSED(EXPIRED)#7 absent", LK_LOCK_CLOSED, NEVER},
    {CLOSED, UNLOCK(0, EXPIRE), 1100, "", LK_LOCK_CLOSED, NEVER},
    {CLOSED, DOOR_OPEN, 1100, "FORCED", LK_LOCK_FORCED, NEVER},
    {CLOSED, DOOR_SHUT, 1100, "", LK_LOCK_CLOSED, NEVER},
    {CLOSED, ITEM_IN, 1100, "ITEM_IN present", LK_LOCK_CLOSED, NEVER},
    {CLOSED, ITEM_OUT, 1100, "", LK_LOCK_CLOSED, NEVER},
    {CLOSED, TICK, 1100, "", LK_LOCK_CLOSED, NEVER},
    {CLOSED, LOST, 1100, "BOARD_ERROR", LK_LOCK_UNREAD, NEVER},

    {HOT, UNLOCK(7, EXPIRE), 1200, "ACCEPTED#7", LK_LOCK_COOLING, 3400},
    {HOT, UNLOCK(5, EXPIRE), 1200, "ACCEPTED#5", LK_LOCK_COOLING, 3400},
    {HOT, UNLOCK(7, 1201), 1200, "ACCEPTED#7", LK_LOCK_COOLING, 3400},
    {HOT, UNLOCK(7, 1200), 1200, "REFUSED(EXPIRED)#7 absent", LK_LOCK_CLOSED, NEVER},
    {HOT, UNLOCK(7, EXPIRE), 3399, "ACCEPTED#7", LK_LOCK_COOLING, 3400},
    {HOT, UNLOCK(7, EXPIRE), 3400, "ACCEPTED#7 PULSE#7(400) FIRED#7", LK_LOCK_PULSING, 3800},
    {HOT, DOOR_OPEN, 1200, "FORCED", LK_LOCK_FORCED, NEVER},
    {HOT, DOOR_SHUT, 1200, "", LK_LOCK_CLOSED, NEVER},
    {HOT, ITEM_IN, 1200, "ITEM_IN present", LK_LOCK_CLOSED, NEVER},
    {HOT, ITEM_OUT, 1200, "", LK_LOCK_CLOSED, NEVER},
    {HOT, TICK, 1200, "", LK_LOCK_CLOSED, NEVER},
    {HOT, LOST, 1200, "BOARD_ERROR", LK_LOCK_UNREAD, NEVER},

    {COOLING_1, UNLOCK(7, EXPIRE), 1200, "", LK_LOCK_COOLING, 3400},
    {COOLING_1, UNLOCK(7, 1200), 1200, "", LK_LOCK_COOLING, 3400},
    {COOLING_1, UNLOCK(8, EXPIRE), 1200, "REFUSED(BUSY)#8 absent", LK_LOCK_COOLING, 3400},
    {COOLING_1, UNLOCK(8, 1200), 1200, "REFUSED(EXPIRED)#8 absent", LK_LOCK_COOLING, 3400},
    {COOLING_1, UNLOCK(0, EXPIRE), 1200, "", LK_LOCK_COOLING, 3400},
    {COOLING_1, DOOR_OPEN, 1200, "FORCED REFUSED(BUSY)#7 absent", LK_LOCK_FORCED, NEVER},
    {COOLING_1, DOOR_SHUT, 1200, "", LK_LOCK_COOLING, 3400},
    {COOLING_1, ITEM_IN, 1200, "ITEM_IN#7 present", LK_LOCK_COOLING, 3400},
    {COOLING_1, ITEM_OUT, 1200, "", LK_LOCK_COOLING, 3400},
    {COOLING_1, TICK, 3399, "", LK_LOCK_COOLING, 3400},
    {COOLING_1, TICK, 3400, "PULSE#7(400) FIRED#7", LK_LOCK_PULSING, 3800},
    {COOLING_1, TICK, 8999, "PULSE#7(400) FIRED#7", LK_LOCK_PULSING, 9399},
    {COOLING_1, TICK, 9000, "EXPIRED#7 absent", LK_LOCK_CLOSED, NEVER},
    {COOLING_1, LOST, 1200, "BOARD_ERROR REFUSED(BOARD)#7 unknown", LK_LOCK_UNREAD, NEVER},

    {COOLING_2, UNLOCK(7, EXPIRE), 2100, "", LK_LOCK_COOLING, 3400},
    {COOLING_2, UNLOCK(7, 2100), 2100, "", LK_LOCK_COOLING, 3400},
    {COOLING_2, UNLOCK(8, EXPIRE), 2100, "REFUSED(BUSY)#8 absent", LK_LOCK_COOLING, 3400},
    {COOLING_2, UNLOCK(8, 2100), 2100, "REFUSED(EXPIRED)#8 absent", LK_LOCK_COOLING, 3400},
    {COOLING_2, UNLOCK(0, EXPIRE), 2100, "", LK_LOCK_COOLING, 3400},
    {COOLING_2, DOOR_OPEN, 2100, "DOOR_OPENED#7", LK_LOCK_OPEN, 3100},
    {COOLING_2, DOOR_SHUT, 2100, "", LK_LOCK_COOLING, 3400},
    {COOLING_2, ITEM_IN, 2100, "ITEM_IN#7 present", LK_LOCK_COOLING, 3400},
    {COOLING_2, ITEM_OUT, 2100, "", LK_LOCK_COOLING, 3400},
    {COOLING_2, TICK, 3399, "", LK_LOCK_COOLING, 3400},
    {COOLING_2, TICK, 3400, "PULSE#7(400) FIRED#7", LK_LOCK_PULSING, 3800},
    {COOLING_2, TICK, 8999, "PULSE#7(400) FIRED#7", LK_LOCK_PULSING, 9399},
    {COOLING_2, TICK, 9000, "JAMMED#7 absent", LK_LOCK_CLOSED, NEVER},
    {COOLING_2, LOST, 2100, "BOARD_ERROR UNKNOWN#7 unknown", LK_LOCK_UNREAD, NEVER},

    {PULSING_1, UNLOCK(7, EXPIRE), 1200, "", LK_LOCK_PULSING, 1400},
    {PULSING_1, UNLOCK(7, 1200), 1200, "", LK_LOCK_PULSING, 1400},
    {PULSING_1, UNLOCK(8, EXPIRE), 1200, "REFUSED(BUSY)#8 absent", LK_LOCK_PULSING, 1400},
    {PULSING_1, UNLOCK(8, 1200), 1200, "REFUSED(EXPIRED)#8 absent", LK_LOCK_PULSING, 1400},
    {PULSING_1, UNLOCK(0, EXPIRE), 1200, "", LK_LOCK_PULSING, 1400},
    {PULSING_1, DOOR_OPEN, 1200, "DOOR_OPENED#7", LK_LOCK_OPEN, 2200},
    {PULSING_1, DOOR_SHUT, 1200, "", LK_LOCK_PULSING, 1400},
    {PULSING_1, ITEM_IN, 1200, "ITEM_IN#7 present", LK_LOCK_PULSING, 1400},
    {PULSING_1, ITEM_OUT, 1200, "", LK_LOCK_PULSING, 1400},
    {PULSING_1, TICK, 1399, "", LK_LOCK_PULSING, 1400},
    {PULSING_1, TICK, 1400, "", LK_LOCK_WAITING, 2000},
    {PULSING_1, LOST, 1200, "BOARD_ERROR UNKNOWN#7 unknown", LK_LOCK_UNREAD, NEVER},

    {PULSING_2, UNLOCK(7, EXPIRE), 3600, "", LK_LOCK_PULSING, 3800},
    {PULSING_2, UNLOCK(8, EXPIRE), 3600, "REFUSED(BUSY)#8 absent", LK_LOCK_PULSING, 3800},
    {PULSING_2, UNLOCK(8, 3600), 3600, "REFUSED(EXPIRED)#8 absent", LK_LOCK_PULSING, 3800},
    {PULSING_2, DOOR_OPEN, 3600, "DOOR_OPENED#7", LK_LOCK_OPEN, 4600},
    {PULSING_2, DOOR_SHUT, 3600, "", LK_LOCK_PULSING, 3800},
    {PULSING_2, ITEM_IN, 3600, "ITEM_IN#7 present", LK_LOCK_PULSING, 3800},
    {PULSING_2, ITEM_OUT, 3600, "", LK_LOCK_PULSING, 3800},
    {PULSING_2, TICK, 3799, "", LK_LOCK_PULSING, 3800},
    {PULSING_2, TICK, 3800, "", LK_LOCK_WAITING, 4400},
    {PULSING_2, LOST, 3600, "BOARD_ERROR UNKNOWN#7 unknown", LK_LOCK_UNREAD, NEVER},

    {WAITING_1, UNLOCK(7, EXPIRE), 1600, "", LK_LOCK_WAITING, 2000},
    {WAITING_1, UNLOCK(7, 1600), 1600, "", LK_LOCK_WAITING, 2000},
    {WAITING_1, UNLOCK(8, EXPIRE), 1600, "REFUSED(BUSY)#8 absent", LK_LOCK_WAITING, 2000},
    {WAITING_1, UNLOCK(8, 1600), 1600, "REFUSED(EXPIRED)#8 absent", LK_LOCK_WAITING, 2000},
    {WAITING_1, UNLOCK(0, EXPIRE), 1600, "", LK_LOCK_WAITING, 2000},
    {WAITING_1, DOOR_OPEN, 1600, "DOOR_OPENED#7", LK_LOCK_OPEN, 2600},
    {WAITING_1, DOOR_OPEN, 2000, "DOOR_OPENED#7", LK_LOCK_OPEN, 3000},
    {WAITING_1, DOOR_SHUT, 1600, "", LK_LOCK_WAITING, 2000},
    {WAITING_1, ITEM_IN, 1600, "ITEM_IN#7 present", LK_LOCK_WAITING, 2000},
    {WAITING_1, ITEM_OUT, 1600, "", LK_LOCK_WAITING, 2000},
    {WAITING_1, TICK, 1999, "", LK_LOCK_WAITING, 2000},
    {WAITING_1, TICK, 2000, "", LK_LOCK_COOLING, 3400},
    {WAITING_1, LOST, 1600, "BOARD_ERROR UNKNOWN#7 unknown", LK_LOCK_UNREAD, NEVER},

    {WAITING_2, UNLOCK(7, EXPIRE), 4000, "", LK_LOCK_WAITING, 4400},
    {WAITING_2, UNLOCK(8, EXPIRE), 4000, "REFUSED(BUSY)#8 absent", LK_LOCK_WAITING, 4400},
    {WAITING_2, UNLOCK(8, 4000), 4000, "REFUSED(EXPIRED)#8 absent", LK_LOCK_WAITING, 4400},
    {WAITING_2, DOOR_OPEN, 4000, "DOOR_OPENED#7", LK_LOCK_OPEN, 5000},
    {WAITING_2, DOOR_OPEN, 4400, "DOOR_OPENED#7", LK_LOCK_OPEN, 5400},
    {WAITING_2, DOOR_OPEN, 4401, "JAMMED#7 absent FORCED", LK_LOCK_FORCED, NEVER},
    {WAITING_2, DOOR_SHUT, 4000, "", LK_LOCK_WAITING, 4400},
    {WAITING_2, ITEM_IN, 4000, "ITEM_IN#7 present", LK_LOCK_WAITING, 4400},
    {WAITING_2, ITEM_OUT, 4000, "", LK_LOCK_WAITING, 4400},
    {WAITING_2, TICK, 4399, "", LK_LOCK_WAITING, 4400},
    {WAITING_2, TICK, 4400, "JAMMED#7 absent", LK_LOCK_CLOSED, NEVER},
    {WAITING_2, LOST, 4000, "BOARD_ERROR UNKNOWN#7 unknown", LK_LOCK_UNREAD, NEVER},

    {OPEN, UNLOCK(7, EXPIRE), 1700, "", LK_LOCK_OPEN, 2500},
    {OPEN, UNLOCK(7, 1700), 1700, "", LK_LOCK_OPEN, 2500},
    {OPEN, UNLOCK(8, EXPIRE), 1700, "REFUSED(BUSY)#8 absent", LK_LOCK_OPEN, 2500},
    {OPEN, UNLOCK(8, 1700), 1700, "REFUSED(EXPIRED)#8 absent", LK_LOCK_OPEN, 2500},
    {OPEN, UNLOCK(0, EXPIRE), 1700, "", LK_LOCK_OPEN, 2500},
    {OPEN, DOOR_OPEN, 1700, "", LK_LOCK_OPEN, 2500},
    {OPEN, DOOR_SHUT, 1700, "DOOR_CLOSED#7 OPENED_AND_CLOSED#7 absent", LK_LOCK_CLOSED, NEVER},
    {OPEN, DOOR_SHUT, 2500, "DOOR_CLOSED#7 OPENED_AND_CLOSED#7 absent", LK_LOCK_CLOSED, NEVER},
    {OPEN, ITEM_IN, 1700, "ITEM_IN#7 present", LK_LOCK_OPEN, 2500},
    {OPEN, ITEM_OUT, 1700, "", LK_LOCK_OPEN, 2500},
    {OPEN, TICK, 2499, "", LK_LOCK_OPEN, 2500},
    {OPEN, TICK, 2500, "LEFT_OPEN#7", LK_LOCK_LEFT_OPEN, NEVER},
    {OPEN, LOST, 1700, "BOARD_ERROR UNKNOWN#7 unknown", LK_LOCK_UNREAD, NEVER},

    {LEFT_OPEN, UNLOCK(7, EXPIRE), 2700, "", LK_LOCK_LEFT_OPEN, NEVER},
    {LEFT_OPEN, UNLOCK(7, 2700), 2700, "", LK_LOCK_LEFT_OPEN, NEVER},
    {LEFT_OPEN, UNLOCK(8, EXPIRE), 2700, "REFUSED(BUSY)#8 absent", LK_LOCK_LEFT_OPEN, NEVER},
    {LEFT_OPEN, UNLOCK(8, 2700), 2700, "REFUSED(EXPIRED)#8 absent", LK_LOCK_LEFT_OPEN, NEVER},
    {LEFT_OPEN, UNLOCK(0, EXPIRE), 2700, "", LK_LOCK_LEFT_OPEN, NEVER},
    {LEFT_OPEN, DOOR_OPEN, 2700, "", LK_LOCK_LEFT_OPEN, NEVER},
    {LEFT_OPEN, DOOR_SHUT, 2700, "DOOR_CLOSED#7 OPENED_AND_CLOSED#7 absent", LK_LOCK_CLOSED, NEVER},
    {LEFT_OPEN, ITEM_IN, 2700, "ITEM_IN#7 present", LK_LOCK_LEFT_OPEN, NEVER},
    {LEFT_OPEN, ITEM_OUT, 2700, "", LK_LOCK_LEFT_OPEN, NEVER},
    {LEFT_OPEN, TICK, 9999, "", LK_LOCK_LEFT_OPEN, NEVER},
    {LEFT_OPEN, LOST, 2700, "BOARD_ERROR UNKNOWN#7 unknown", LK_LOCK_UNREAD, NEVER},

    {FORCED, UNLOCK(8, EXPIRE), 1200, "REFUSED(BUSY)#8 absent", LK_LOCK_FORCED, NEVER},
    {FORCED, UNLOCK(8, 1200), 1200, "REFUSED(EXPIRED)#8 absent", LK_LOCK_FORCED, NEVER},
    {FORCED, UNLOCK(0, EXPIRE), 1200, "", LK_LOCK_FORCED, NEVER},
    {FORCED, DOOR_OPEN, 1200, "", LK_LOCK_FORCED, NEVER},
    {FORCED, DOOR_SHUT, 1200, "DOOR_CLOSED", LK_LOCK_CLOSED, NEVER},
    {FORCED, ITEM_IN, 1200, "ITEM_IN present", LK_LOCK_FORCED, NEVER},
    {FORCED, ITEM_OUT, 1200, "", LK_LOCK_FORCED, NEVER},
    {FORCED, TICK, 9999, "", LK_LOCK_FORCED, NEVER},
    {FORCED, LOST, 1200, "BOARD_ERROR", LK_LOCK_UNREAD, NEVER},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const lk_lock_state start_states[STARTS] = {
    LK_LOCK_UNREAD,  LK_LOCK_CLOSED,  LK_LOCK_CLOSED,  LK_LOCK_COOLING, LK_LOCK_COOLING,   LK_LOCK_PULSING,
    LK_LOCK_PULSING, LK_LOCK_WAITING, LK_LOCK_WAITING, LK_LOCK_OPEN,    LK_LOCK_LEFT_OPEN, LK_LOCK_FORCED};

static void give(lk_lock *lock, lk_input input, uint64_t at_ms) {
  lk_outputs outputs;
  lk_lock_apply(lock, &config, input, at_ms, &outputs);
}

/// Brings a new lock to where a row starts, by inputs alone.
static lk_lock started(start from) {
  lk_lock lock;
  lk_lock_init(&lock);
  if (from == UNREAD) return lock;
  give(&lock, item_input(false), 100);
  give(&lock, door_input(false), 100);
  if (from == CLOSED) return lock;
  if (from == FORCED) {
    give(&lock, door_input(true), 1000);
    return lock;
  }
  const bool hot = from == HOT || from == COOLING_1;
  give(&lock, unlock_input(hot ? 5 : 7, EXPIRE), 1000);
  if (hot) {
    give(&lock, door_input(true), 1050);
    give(&lock, door_input(false), 1100);
    if (from == COOLING_1) give(&lock, unlock_input(7, EXPIRE), 1150);
    return lock;
  }
  if (from == PULSING_1) return lock;
  give(&lock, tick_input(), 1400);
  if (from == WAITING_1) return lock;
  if (from == OPEN || from == LEFT_OPEN) {
    give(&lock, door_input(true), 1500);
    if (from == LEFT_OPEN) give(&lock, tick_input(), 2500);
    return lock;
  }
  give(&lock, tick_input(), 2000);
  if (from == COOLING_2) return lock;
  give(&lock, tick_input(), 3400);
  if (from == WAITING_2) give(&lock, tick_input(), 3800);
  return lock;
}

static lk_input input_of(const row *at) {
  return (lk_input){at->kind, at->flag, at->command_id, at->expire_ms};
}

static void check_row(const row *at, const lk_lock *lock, const lk_outputs *outputs) {
  char text[OUTPUTS_TEXT_BYTES];
  outputs_text(text, outputs);
  const char *state = state_name(start_states[at->from]), *input = input_name(at->kind);
  const int number = (int)(at - rows);
  CHECK_THAT(strcmp(text, at->outputs) == 0, "row %d, %s %s: \"%s\", not \"%s\"", number, state, input, text,
             at->outputs);
  CHECK_THAT(lock->state == at->next, "row %d, %s %s: %s, not %s", number, state, input,
             state_name(lock->state), state_name(at->next));
}

static void every_pair_is_decided(void) {
  bool covered[LK_LOCK_STATES][LK_INPUT_KINDS] = {{false}};
  for (const row *at = rows; at < rows + ROWS; at++) {
    lk_lock lock = started(at->from);
    CHECK(lock.state == start_states[at->from]);
    covered[lock.state][at->kind] = true;
    lk_outputs outputs;
    lk_lock_apply(&lock, &config, input_of(at), at->at_ms, &outputs);
    check_row(at, &lock, &outputs);
    const uint64_t wake_up_ms = lk_lock_wake_up(&lock, &config);
    CHECK_THAT(wake_up_ms == at->wake_up_ms, "row %d: wake-up at %" PRIu64 ", not %" PRIu64, (int)(at - rows),
               wake_up_ms, at->wake_up_ms);
    CHECK_NUMBER(lock.now_ms, at->at_ms);
  }
  int pairs = 0;
  for (int state = 0; state < LK_LOCK_STATES; state++) {
    for (int kind = 0; kind < LK_INPUT_KINDS; kind++) {
      CHECK_THAT(covered[state][kind], "%s %s has no row", state_name((lk_lock_state)state),
                 input_name((lk_input_kind)kind));
      pairs += covered[state][kind];
    }
  }
  printf("       %d rows for %d pairs\n", (int)ROWS, pairs);
  CHECK_NUMBER(pairs, LK_LOCK_STATES * LK_INPUT_KINDS);
}

/// With debouncing, a sensor row does nothing at first and the same after DEBOUNCE_MS; where the reading
/// only says what is known, no wake-up is asked for.
static void sensor_rows_are_debounced(void) {
  lk_lock_config slow = config;
  slow.debounce_ms = DEBOUNCE_MS;
  int tried = 0;
  for (const row *at = rows; at < rows + ROWS; at++) {
    if (at->kind != LK_INPUT_DOOR && at->kind != LK_INPUT_ITEM) continue;
    lk_lock lock = started(at->from);
    const uint64_t before_ms = lk_lock_wake_up(&lock, &slow);
    // The window to open waits for a reading within it; any other timer comes between: see the stories.
    const bool is_door = at->kind == LK_INPUT_DOOR;
    const bool in_window = is_door && lock.state == LK_LOCK_WAITING && before_ms >= at->at_ms;
    if (before_ms <= at->at_ms + DEBOUNCE_MS && !in_window) continue;
    const lk_lock_state state = lock.state;
    const bool says_new = lock.state != at->next || at->outputs[0] != '\0' || lock.item == LK_ITEM_UNKNOWN;
    lk_outputs outputs;
    lk_lock_apply(&lock, &slow, input_of(at), at->at_ms, &outputs);
    CHECK(outputs.count == 0 && lock.state == state);
    CHECK_NUMBER(lk_lock_wake_up(&lock, &slow), says_new ? at->at_ms + DEBOUNCE_MS : before_ms);
    lk_lock_apply(&lock, &slow, tick_input(), at->at_ms + DEBOUNCE_MS - 1, &outputs);
    CHECK(outputs.count == 0 && lock.state == state);
    lk_lock_apply(&lock, &slow, tick_input(), at->at_ms + DEBOUNCE_MS, &outputs);
    check_row(at, &lock, &outputs);
    tried++;
  }
  CHECK(tried >= 40);
}

/// What a row does to the item is not in its outputs alone.
static void items_are_known_once_read(void) {
  for (int from = 0; from < STARTS; from++) {
    for (int present = 0; present < 2; present++) {
      lk_lock lock = started((start)from);
      give(&lock, item_input(present), lock.now_ms);
      CHECK_NUMBER(lock.item, present ? LK_ITEM_PRESENT : LK_ITEM_ABSENT);
      give(&lock, board_error_input(), lock.now_ms);
      CHECK_NUMBER(lock.item, LK_ITEM_UNKNOWN);
    }
  }
}

int main(void) {
  RUN("L3 every (state, input) pair is decided: outputs, next state, wake-up", every_pair_is_decided);
  RUN("L3 sensor rows do the same after debouncing", sensor_rows_are_debounced);
  RUN("L3 items are known from their first reading to a board error", items_are_known_once_read);
  return check_report();
}
