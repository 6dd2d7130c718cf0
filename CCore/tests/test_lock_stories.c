/// The lock machine (L2, L3) told as stories: what a compartment goes through, with the default times
/// (pulse 400, cool-down 2,000, window 5,000, left open 60,000, debounce 50) unless a story says otherwise.
#include <ccore/lock.h>

#include "check.h"
#include "lock_support.h"

#define NEVER UINT64_MAX

static lk_lock_config config;
static lk_lock lock;
static lk_outputs outputs;

/// Applies an input and holds what follows from it.
#define STEP(input, at_ms, expected)                              \
  do {                                                            \
    char text[OUTPUTS_TEXT_BYTES];                                \
    lk_lock_apply(&lock, &config, (input), (at_ms), &outputs);    \
    outputs_text(text, &outputs);                                 \
    CHECK_TEXT(text, (expected));                                 \
  } while (0)

/// Ticks exactly when the machine asks for it.
#define WAKE(at_ms, expected)                                 \
  do {                                                        \
    CHECK_NUMBER(lk_lock_wake_up(&lock, &config), (at_ms));   \
    STEP(tick_input(), (at_ms), (expected));                  \
  } while (0)

#define STATE(expected) CHECK_TEXT(state_name(lock.state), state_name(expected))

/// A closed, empty compartment at 1,000.
static void begin_closed(void) {
  config = lk_lock_config_default();
  lk_lock_init(&lock);
  STEP(item_input(false), 0, "");
  STEP(door_input(false), 0, "");
  WAKE(50, "");
  STEP(tick_input(), 1000, "");
  STATE(LK_LOCK_CLOSED);
}

static void key_is_dropped(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(door_input(true), 1200, "");
  WAKE(1250, "DOOR_OPENED#1");
  STATE(LK_LOCK_OPEN);
  STEP(item_input(true), 4000, "");
  WAKE(4050, "ITEM_IN#1 present");
  STEP(door_input(false), 6000, "");
  WAKE(6050, "DOOR_CLOSED#1 OPENED_AND_CLOSED#1 present");
  STATE(LK_LOCK_CLOSED);
  CHECK_NUMBER(lk_lock_wake_up(&lock, &config), NEVER);
}

static void second_pulse_opens(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  WAKE(1400, "");
  STATE(LK_LOCK_WAITING);
  WAKE(6000, "PULSE#1(400) FIRED#1");
  STEP(door_input(true), 6300, "");
  WAKE(6350, "DOOR_OPENED#1");
  STEP(door_input(false), 7000, "");
  WAKE(7050, "DOOR_CLOSED#1 OPENED_AND_CLOSED#1 absent");
}

static void door_never_opens(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  WAKE(1400, "");
  WAKE(6000, "PULSE#1(400) FIRED#1");
  WAKE(6400, "");
  WAKE(11000, "JAMMED#1 absent");
  STATE(LK_LOCK_CLOSED);
  CHECK_NUMBER(lk_lock_wake_up(&lock, &config), NEVER);
}

static void expired_command_is_not_retried(void) {
  begin_closed();
  STEP(unlock_input(1, 6000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  WAKE(1400, "");
  WAKE(6000, "JAMMED#1 absent");
  begin_closed();
  STEP(unlock_input(1, 6001), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  WAKE(1400, "");
  WAKE(6000, "PULSE#1(400) FIRED#1");
}

static void door_is_left_open(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(door_input(true), 1200, "");
  WAKE(1250, "DOOR_OPENED#1");
  WAKE(61250, "LEFT_OPEN#1");
  CHECK_NUMBER(lk_lock_wake_up(&lock, &config), NEVER);
  STEP(door_input(false), 900000, "");
  WAKE(900050, "DOOR_CLOSED#1 OPENED_AND_CLOSED#1 absent");
}

static void door_is_forced(void) {
  begin_closed();
  STEP(door_input(true), 2000, "");
  WAKE(2050, "FORCED");
  STEP(unlock_input(1, 30000), 2100, "REFUSED(BUSY)#1 absent");
  STEP(door_input(false), 3000, "");
  WAKE(3050, "DOOR_CLOSED");
  STEP(unlock_input(1, 30000), 3100, "ACCEPTED#1 PULSE#1(400) FIRED#1");
}

static void door_is_found_open(void) {
  config = lk_lock_config_default();
  lk_lock_init(&lock);
  STEP(unlock_input(1, 30000), 10, "REFUSED(BOARD)#1 unknown");
  STEP(door_input(true), 20, "");
  WAKE(70, "FORCED");
  STEP(door_input(false), 500, "");
  WAKE(550, "DOOR_CLOSED");
  STATE(LK_LOCK_CLOSED);
}

static void forced_while_cooling_ends_the_command(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(door_input(true), 1100, "");
  WAKE(1150, "DOOR_OPENED#1");
  STEP(door_input(false), 1300, "");
  WAKE(1350, "DOOR_CLOSED#1 OPENED_AND_CLOSED#1 absent");
  STEP(unlock_input(2, 30000), 1500, "ACCEPTED#2");
  STEP(door_input(true), 2000, "");
  WAKE(2050, "FORCED REFUSED(BUSY)#2 absent");
  STATE(LK_LOCK_FORCED);
}

static void coil_cools_across_commands_and_board_errors(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(board_error_input(), 1100, "BOARD_ERROR UNKNOWN#1 unknown");
  STEP(board_error_input(), 1150, "");
  STEP(door_input(false), 1200, "");
  WAKE(1250, "");
  STEP(unlock_input(2, 30000), 1300, "ACCEPTED#2");
  STATE(LK_LOCK_COOLING);
  WAKE(3400, "PULSE#2(400) FIRED#2");
  STEP(board_error_input(), 3500, "BOARD_ERROR UNKNOWN#2 unknown");
  STEP(door_input(false), 3500, "");
  WAKE(3550, "");
  STEP(unlock_input(3, 5800), 3600, "ACCEPTED#3");
  WAKE(5800, "EXPIRED#3 unknown");
}

static void finished_id_counts_as_new(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(unlock_input(1, 30000), 1001, "");
  STEP(board_error_input(), 1100, "BOARD_ERROR UNKNOWN#1 unknown");
  STEP(unlock_input(1, 30000), 1200, "REFUSED(BOARD)#1 unknown");
}

static void contacts_bounce(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  for (uint64_t at_ms = 1100; at_ms < 1300; at_ms += 40) {
    STEP(door_input(true), at_ms, "");
    CHECK_NUMBER(lk_lock_wake_up(&lock, &config), at_ms + 50);
    STEP(item_input(true), at_ms + 10, "");
    STEP(door_input(false), at_ms + 20, "");
    STEP(item_input(false), at_ms + 20, "");
    CHECK_NUMBER(lk_lock_wake_up(&lock, &config), 1400);
  }
  STEP(door_input(true), 1310, "");
  STEP(door_input(true), 1330, "");  // the same again does not start it anew
  STEP(tick_input(), 1359, "");
  STEP(door_input(true), 1360, "DOOR_OPENED#1");
  STEP(item_input(true), 1400, "");
  STEP(item_input(true), 1430, "");
  WAKE(1450, "ITEM_IN#1 present");
}

static void unread_door_bounces(void) {
  config = lk_lock_config_default();
  lk_lock_init(&lock);
  STEP(door_input(false), 100, "");
  STEP(door_input(true), 130, "");
  STEP(door_input(false), 160, "");
  STEP(tick_input(), 209, "");
  STATE(LK_LOCK_UNREAD);
  WAKE(210, "");
  STATE(LK_LOCK_CLOSED);
}

static void board_error_drops_what_is_debounced(void) {
  begin_closed();
  STEP(door_input(true), 1100, "");
  STEP(item_input(true), 1100, "");
  STEP(board_error_input(), 1120, "BOARD_ERROR");
  CHECK_NUMBER(lk_lock_wake_up(&lock, &config), NEVER);
  STEP(tick_input(), 9000, "");
  STATE(LK_LOCK_UNREAD);
  CHECK_NUMBER(lock.item, LK_ITEM_UNKNOWN);
}

static void sensor_wins_over_timer(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  WAKE(1400, "");
  STEP(door_input(true), 5950, "");
  WAKE(6000, "DOOR_OPENED#1");
  STEP(door_input(false), 65950, "");
  STEP(item_input(true), 65950, "");
  WAKE(66000, "ITEM_IN#1 present DOOR_CLOSED#1 OPENED_AND_CLOSED#1 present");
}

static void door_read_open_in_the_window_is_in_time(void) {
  begin_closed();  // at the last instant of the first window: no second pulse
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  WAKE(1400, "");
  STEP(door_input(true), 6000, "");
  STATE(LK_LOCK_WAITING);
  WAKE(6050, "DOOR_OPENED#1");
  begin_closed();  // of the second: no jam, and no alarm
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  WAKE(1400, "");
  WAKE(6000, "PULSE#1(400) FIRED#1");
  WAKE(6400, "");
  STEP(door_input(true), 10990, "");
  STEP(tick_input(), 11039, "");
  WAKE(11040, "DOOR_OPENED#1");
  begin_closed();  // one late tick says the same
  STEP(unlock_input(1, 6001), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(door_input(true), 5999, "");
  STEP(tick_input(), 7000, "DOOR_OPENED#1");
  begin_closed();  // contradicted after the window: it is over at once
  STEP(unlock_input(1, 6001), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(door_input(true), 5990, "");
  STEP(door_input(false), 6020, "JAMMED#1 absent");
  begin_closed();  // read open after the window: too late
  STEP(unlock_input(1, 6000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(door_input(true), 6001, "JAMMED#1 absent");
  WAKE(6051, "FORCED");
}

static void hot_start_waits_for_the_coil(void) {
  config = lk_lock_config_default();
  lk_lock_init_hot(&lock, &config, 1000);
  STATE(LK_LOCK_UNREAD);
  CHECK_NUMBER(lk_lock_wake_up(&lock, &config), NEVER);
  STEP(door_input(false), 1100, "");
  WAKE(1150, "");
  STEP(unlock_input(1, 30000), 1200, "ACCEPTED#1");
  STEP(tick_input(), 3399, "");
  WAKE(3400, "PULSE#1(400) FIRED#1");
  lk_lock_init_hot(&lock, &config, NEVER);  // the end of time is no wrap-around here either
  CHECK_NUMBER(lock.now_ms, NEVER - 1);
  CHECK_NUMBER(lock.cool_until_ms, NEVER);
}

static void overdue_pulse_starts_now(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(tick_input(), 20000, "PULSE#1(400) FIRED#1");
  CHECK_NUMBER(lock.pulse_start_ms, 20000);
  CHECK_NUMBER(lock.cool_until_ms, 22400);
  STEP(tick_input(), 90000, "JAMMED#1 absent");
}

static void overdue_pulse_is_withheld(void) {
  begin_closed();  // the command expired meanwhile
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(tick_input(), 30000, "JAMMED#1 absent");
  begin_closed();  // the expired command makes room for the next
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(unlock_input(2, 50000), 30001, "JAMMED#1 absent ACCEPTED#2 PULSE#2(400) FIRED#2");
  begin_closed();  // the door opened meanwhile
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(door_input(true), 5990, "");
  STEP(tick_input(), 20000, "DOOR_OPENED#1");
  begin_closed();  // the board is lost
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(board_error_input(), 20000, "BOARD_ERROR UNKNOWN#1 unknown");
}

/// The most that one step can lead to: everything late at once, and a new command on top.
static void fullest_step(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(door_input(true), 1200, "");
  WAKE(1250, "DOOR_OPENED#1");
  STEP(door_input(false), 61240, "");
  STEP(item_input(true), 61245, "");
  STEP(unlock_input(2, 90000), 62000,
       "LEFT_OPEN#1 DOOR_CLOSED#1 OPENED_AND_CLOSED#1 absent ITEM_IN present "
       "ACCEPTED#2 PULSE#2(400) FIRED#2");
  CHECK_NUMBER(outputs.count, 7);
}

static void clock_runs_backwards(void) {
  begin_closed();
  STEP(unlock_input(1, 30000), 5000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(tick_input(), 10, "");
  CHECK_NUMBER(lock.now_ms, 5000);
  STEP(door_input(true), 20, "");
  WAKE(5050, "DOOR_OPENED#1");
  STEP(unlock_input(2, 5050), 0, "REFUSED(EXPIRED)#2 absent");
  STEP(unlock_input(3, 5051), 0, "REFUSED(BUSY)#3 absent");
}

static void time_ends(void) {
  begin_closed();
  STEP(unlock_input(1, NEVER), NEVER - 300, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  CHECK_NUMBER(lk_lock_wake_up(&lock, &config), NEVER);
  STEP(door_input(true), NEVER - 200, "");
  WAKE(NEVER - 150, "DOOR_OPENED#1");
  STEP(door_input(false), NEVER - 100, "");
  WAKE(NEVER - 50, "DOOR_CLOSED#1 OPENED_AND_CLOSED#1 absent");
  STEP(unlock_input(2, NEVER), NEVER - 10, "ACCEPTED#2");
  STEP(tick_input(), NEVER, "");
  CHECK_NUMBER(lock.now_ms, NEVER - 1);
  STEP(unlock_input(3, NEVER), NEVER, "REFUSED(BUSY)#3 absent");
}

static void debouncing_can_be_off(void) {
  begin_closed();
  config.debounce_ms = 0;
  STEP(unlock_input(1, 30000), 1000, "ACCEPTED#1 PULSE#1(400) FIRED#1");
  STEP(door_input(true), 1000, "DOOR_OPENED#1");
  STEP(item_input(true), 1000, "ITEM_IN#1 present");
  STEP(item_input(false), 1000, "ITEM_OUT#1 absent");
  STEP(door_input(false), 1000, "DOOR_CLOSED#1 OPENED_AND_CLOSED#1 absent");
}

static void configuration_has_limits(void) {
  const lk_lock_config standard = lk_lock_config_default();
  CHECK(lk_lock_config_is_valid(&standard));
  static const struct {
    lk_lock_config config;
    bool is_valid;
  } cases[] = {
      {{200, 2000, 5000, 60000, 50}, true},   {{199, 2000, 5000, 60000, 50}, false},
      {{600, 2000, 5000, 60000, 50}, true},   {{601, 2000, 5000, 60000, 50}, false},
      {{400, 500, 5000, 60000, 50}, true},    {{400, 499, 5000, 60000, 50}, false},
      {{400, 60000, 5000, 60000, 50}, true},  {{400, 60001, 5000, 60000, 50}, false},
      {{400, 2000, 401, 60000, 50}, true},    {{400, 2000, 400, 60000, 50}, false},
      {{400, 2000, 10000, 60000, 50}, true},  {{400, 2000, 10001, 60000, 50}, false},
      {{400, 2000, 5000, 1000, 50}, true},    {{400, 2000, 5000, 999, 50}, false},
      {{400, 2000, 5000, 3600000, 50}, true}, {{400, 2000, 5000, 3600001, 50}, false},
      {{400, 2000, 5000, 60000, 0}, true},    {{400, 2000, 5000, 60000, 1000}, true},
      {{400, 2000, 5000, 60000, 1001}, false}, {{0, 0, 0, 0, 0}, false},
      {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    CHECK_THAT(lk_lock_config_is_valid(&cases[i].config) == cases[i].is_valid, "case %zu", i);
  }
}

int main(void) {
  RUN("L2 a key is dropped: unlocked, opened, item in, closed", key_is_dropped);
  RUN("L3 the second pulse opens", second_pulse_opens);
  RUN("L2 a door that never opens is jammed after two pulses", door_never_opens);
  RUN("L2 a command that expired is jammed instead of retried", expired_command_is_not_retried);
  RUN("L3 a door left open raises an alarm and can still close", door_is_left_open);
  RUN("L2 a door that opens without a command is forced", door_is_forced);
  RUN("L3 a door found open at the start is forced", door_is_found_open);
  RUN("L3 a door forced before the pulse ends the command", forced_while_cooling_ends_the_command);
  RUN("L3 the coil cools across commands and board errors", coil_cools_across_commands_and_board_errors);
  RUN("L2 an id in work is not taken twice, a finished one counts as new", finished_id_counts_as_new);
  RUN("L3 bouncing contacts count when they have come to rest", contacts_bounce);
  RUN("L3 the first reading is debounced too", unread_door_bounces);
  RUN("L3 a board error drops what is being debounced", board_error_drops_what_is_debounced);
  RUN("L3 at the same instant a sensor wins over a timer, the item over the door", sensor_wins_over_timer);
  RUN("L3 a door that reads open within the window is in time, debounced or not",
      door_read_open_in_the_window_is_in_time);
  RUN("L3 a lock of unknown past lets its coil cool before the first pulse", hot_start_waits_for_the_coil);
  RUN("L3 an overdue pulse starts now, and only one", overdue_pulse_starts_now);
  RUN("L3 an overdue pulse is not started after expiry, opening or board loss", overdue_pulse_is_withheld);
  RUN("L3 the fullest step has seven outputs", fullest_step);
  RUN("L3 a clock that runs backwards stands still", clock_runs_backwards);
  RUN("L3 the end of time is no wrap-around", time_ends);
  RUN("L3 without debouncing sensors count at once", debouncing_can_be_off);
  RUN("L3 configuration limits hold on both sides", configuration_has_limits);
  return check_report();
}
