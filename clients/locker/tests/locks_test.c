#include "locks.h"

#include "check.h"
#include "clock.h"

enum { POLL_MS = 100, START_MS = 10000, ALL_CLOSED = 0xFFFF, NO_KEYS = 0, MAXIMUM_NEWS = 64 };

static locks subject;
static lk_lock_config timing;
static uint64_t now_ms;
static locks_news told[MAXIMUM_NEWS];
static size_t told_count;
static uint64_t pulsed_ms, deadline_ms;
static unsigned pulse_count;

static void take_pulse(void *context, int64_t sequence, uint64_t by_ms) {
  (void)context, (void)sequence;
  pulsed_ms = now_ms;
  pulse_count++;
  deadline_ms = by_ms;
}

static void take_news(void *context, const locks_news *news, uint64_t at_ms) {
  (void)context;
  CHECK(told_count < MAXIMUM_NEWS && at_ms <= now_ms);
  told[told_count++ % MAXIMUM_NEWS] = *news;
}

/// Time passes, machines are woken when they ask for it and never without need.
static void run(uint64_t duration_ms) {
  for (const uint64_t end_ms = now_ms + duration_ms;; now_ms++) {
    if (locks_wake_up_ms(&subject) <= now_ms) locks_advance(&subject, now_ms);
    CHECK(locks_wake_up_ms(&subject) > now_ms);
    if (now_ms == end_ms) return;
  }
}

/// A reading, and the time until the next one.
static void read_once(uint16_t closed, uint16_t present) {
  locks_read(&subject, 0, closed, present, now_ms);
  run(POLL_MS);
}

static void read_for(uint64_t duration_ms, uint16_t closed, uint16_t present) {
  for (const uint64_t end_ms = now_ms + duration_ms; now_ms < end_ms;) read_once(closed, present);
}

static bool is_told(Latchkey__V1__LockEvent event) {
  for (size_t i = 0; i < told_count; i++) {
    if (told[i].event == event) return true;
  }
  return false;
}

/// Sixteen closed, empty compartments, configured at START_MS.
static void begin(uint32_t debounce_ms) {
  const locks_listener listener = {.pulse = take_pulse, .news = take_news};
  timing = lk_lock_config_default();
  timing.debounce_ms = debounce_ms;
  now_ms = START_MS;
  told_count = 0;
  pulsed_ms = 0;
  pulse_count = 0;
  locks_init(&subject, &listener);
  locks_configure(&subject, 16, true, &timing, now_ms);
  read_for(5 * POLL_MS, ALL_CLOSED, NO_KEYS);
  CHECK_NUMBER(told_count, 32);
  CHECK(is_told(LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_FOUND_CLOSED));
  CHECK(is_told(LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_ITEM_OUT));
  told_count = 0;
}

/// A key that is gone, or there, when the board comes back is told before its door is.
static void items_read_first_are_told(void) {
  begin(50);
  locks_lose(&subject, 0, now_ms);
  told_count = 0;
  read_for(5 * POLL_MS, ALL_CLOSED & ~4, 4);
  CHECK_NUMBER(told_count, 32);
  CHECK(told[4].compartment == 3 && told[4].event == LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_ITEM_IN);
  CHECK(told[4].item == LATCHKEY__V1__ITEM_STATE__ITEM_STATE_PRESENT);
  CHECK(told[5].compartment == 3 && told[5].event == LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_FORCED);
}

static void one_reading_is_noise(void) {
  for (uint32_t debounce_ms = 0; debounce_ms <= 50; debounce_ms += 50) {
    begin(debounce_ms);
    for (int i = 0; i < 3; i++) {
      read_once(ALL_CLOSED & ~4, 4);
      read_once(ALL_CLOSED, NO_KEYS);
    }
    read_for(5 * POLL_MS, ALL_CLOSED, NO_KEYS);
    CHECK_NUMBER(told_count, 0);
  }
}

static void two_readings_count(void) {
  begin(50);
  read_once(ALL_CLOSED & ~4, 4);
  CHECK_NUMBER(told_count, 0);
  locks_read(&subject, 0, ALL_CLOSED & ~4, 4, now_ms);
  run(0);
  CHECK_NUMBER(told_count, 2);
  CHECK(is_told(LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_ITEM_IN));
  CHECK(is_told(LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_FORCED));
  CHECK(told[0].compartment == 3 && told[1].compartment == 3);

  begin(150);  // longer than from one reading to the next: counted from the first
  locks_read(&subject, 0, ALL_CLOSED & ~4, NO_KEYS, now_ms);
  run(100);
  locks_read(&subject, 0, ALL_CLOSED & ~4, NO_KEYS, now_ms);
  run(49);
  CHECK_NUMBER(told_count, 0);
  run(1);
  CHECK_NUMBER(told_count, 1);
}

/// A command pulsed now, whose second and last window ends 5,000 after its second pulse.
static void wait_for_last_window(uint64_t before_end_ms) {
  run(5000);
  locks_unlock(&subject, 3, 7, now_ms + timing.open_window_ms + 1, now_ms);
  read_for(timing.open_window_ms + POLL_MS, ALL_CLOSED, NO_KEYS);
  CHECK_NUMBER(pulse_count, 2);
  while (now_ms < pulsed_ms + timing.open_window_ms - before_end_ms) run(1);
  told_count = 0;
}

static void openings_seen_in_the_window_are_in_time(void) {
  begin(50);
  wait_for_last_window(1);
  read_once(ALL_CLOSED & ~4, NO_KEYS);
  CHECK_NUMBER(told_count, 0);
  read_once(ALL_CLOSED & ~4, NO_KEYS);
  CHECK_NUMBER(told_count, 1);
  CHECK(is_told(LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_DOOR_OPENED));

  begin(50);  // noise in the same moment delays the jam, no more
  wait_for_last_window(1);
  read_once(ALL_CLOSED & ~4, NO_KEYS);
  read_once(ALL_CLOSED, NO_KEYS);
  read_once(ALL_CLOSED, NO_KEYS);
  CHECK_NUMBER(told_count, 1);
  CHECK_NUMBER(told[0].outcome, LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_JAMMED);

  begin(50);  // seen too late
  wait_for_last_window(0);
  read_for(3 * POLL_MS, ALL_CLOSED & ~4, NO_KEYS);
  CHECK_NUMBER(told_count, 1);
  CHECK(is_told(LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_FORCED));
}

static void no_pulse_starts_in_doubt(void) {
  begin(50);
  run(5000);
  locks_unlock(&subject, 3, 7, CLOCK_NEVER, now_ms);
  while (now_ms < pulsed_ms + timing.open_window_ms - 1) run(1);
  read_once(ALL_CLOSED & ~4, NO_KEYS);  // the window ends while nobody knows
  CHECK_NUMBER(pulse_count, 1);
  const uint64_t contradicted_ms = now_ms;
  read_once(ALL_CLOSED, NO_KEYS);
  CHECK_NUMBER(pulse_count, 2);
  CHECK_NUMBER(pulsed_ms, contradicted_ms);
}

static void commands_wait_for_doors_in_doubt(void) {
  begin(50);
  CHECK(locks_can_judge(&subject, 3));
  read_once(ALL_CLOSED & ~4, 2);
  CHECK(!locks_can_judge(&subject, 3));
  CHECK(locks_can_judge(&subject, 2));  // a key in doubt holds up nobody
  read_once(ALL_CLOSED & ~4, 0);
  CHECK(locks_can_judge(&subject, 3));
  read_once(ALL_CLOSED, 0);
  locks_lose(&subject, 0, now_ms);
  CHECK(locks_can_judge(&subject, 3));
}

static void lost_boards_leave_no_doubt(void) {
  begin(50);
  wait_for_last_window(1);
  locks_read(&subject, 0, ALL_CLOSED & ~4, NO_KEYS, now_ms);
  run(1500);
  CHECK_NUMBER(told_count, 0);
  locks_lose(&subject, 0, now_ms);
  CHECK_NUMBER(told_count, 17);
  CHECK_NUMBER(told[2].event, LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_BOARD_ERROR);
  CHECK_NUMBER(told[3].outcome, LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_UNKNOWN);
}

static void readings_before_a_loss_do_not_count(void) {
  begin(0);
  locks_lose(&subject, 0, now_ms);
  CHECK_NUMBER(told_count, 16);
  told_count = 0;
  read_once(ALL_CLOSED, NO_KEYS);
  CHECK_NUMBER(told_count, 0);
  CHECK(!locks_can_judge(&subject, 1));
  read_once(ALL_CLOSED, NO_KEYS);
  CHECK_NUMBER(told_count, 32);
  CHECK(locks_can_judge(&subject, 1));
}

static void keys_belong_to_the_outcome(void) {
  begin(0);
  run(5000);
  locks_unlock(&subject, 1, 7, CLOCK_NEVER, now_ms);
  read_for(3 * POLL_MS, ALL_CLOSED & ~1, NO_KEYS);
  read_for(3 * POLL_MS, ALL_CLOSED, 1);
  const locks_news *outcome = &told[told_count - 1];
  CHECK_NUMBER(outcome->outcome, LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_OPENED_AND_CLOSED);
  CHECK_NUMBER(outcome->item, LATCHKEY__V1__ITEM_STATE__ITEM_STATE_PRESENT);
}

static void coils_rest_after_a_start(void) {
  begin(50);
  locks_unlock(&subject, 2, 7, CLOCK_NEVER, now_ms);
  CHECK(is_told(LATCHKEY__V1__LOCK_EVENT__LOCK_EVENT_ACCEPTED));
  read_for(5000, ALL_CLOSED, NO_KEYS);
  CHECK_NUMBER(pulsed_ms, START_MS + timing.pulse_ms + timing.cool_down_ms);
}

static void pulses_have_a_deadline(void) {
  begin(50);
  run(5000);
  locks_unlock(&subject, 2, 7, CLOCK_NEVER, now_ms);
  CHECK_NUMBER(pulsed_ms, now_ms);
  CHECK_NUMBER(deadline_ms, now_ms + timing.open_window_ms - timing.pulse_ms);
}

int main(void) {
  RUN("L3 one reading by itself moves no door and no key", one_reading_is_noise);
  RUN("L3 a change counts from its second reading on", two_readings_count);
  RUN("L3 a door that is seen open in its window is in time", openings_seen_in_the_window_are_in_time);
  RUN("L3 no pulse starts while one reading says that the door is open", no_pulse_starts_in_doubt);
  RUN("L3 a command waits until its door is not in doubt", commands_wait_for_doors_in_doubt);
  RUN("L2 a board that is lost while a door is in doubt ends the command as unknown",
      lost_boards_leave_no_doubt);
  RUN("L3 a reading from before the board was lost confirms nothing", readings_before_a_loss_do_not_count);
  RUN("L2 what the item sensor reads first is told before the door", items_read_first_are_told);
  RUN("L2 a key that is there when its door shuts belongs to the outcome", keys_belong_to_the_outcome);
  RUN("L3 a coil rests before the first pulse after a start", coils_rest_after_a_start);
  RUN("L3 a pulse may leave while it ends within the window to open", pulses_have_a_deadline);
  return check_report();
}
