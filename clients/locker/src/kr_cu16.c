#include "kr_cu16.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "kr_cu16_line.h"
#include "kr_cu16_queue.h"
#include "log.h"

enum { MAXIMUM_UNITS = BOARD_MAXIMUM_COMPARTMENTS / KR_LOCKS, WHY_BYTES = 96 };

typedef struct {
  bool ready;               ///< has confirmed the unlock time, and answers: unlocks may leave
  bool lost_told;           ///< the listener knows that it is lost
  bool time_confirmed;
  unsigned told_ms;         ///< the unlock time that it was last asked to keep
  unsigned silent_unlocks;  ///< in a row, up to KR_SILENT_UNLOCKS
  uint64_t next_ms;         ///< when the next question to it is due
  uint64_t unanswered_ms;   ///< since when questions have no answer; CLOCK_NEVER: none waits for one
  kr_queue queue;
} unit;

typedef struct {
  board base;
  board_listener listener;
  unsigned first_address;
  lk_lock_config timing;
  unsigned units;
  unit unit[MAXIMUM_UNITS];
  kr_line line;
  uint64_t open_ms;       ///< when to open the line (again)
  bool open_failed;       ///< said once
  unsigned asked_unit;    ///< whose answer is awaited,
  bool asked_for_unlock;  ///< and to an unlock rather than to a question
} kr_cu16;

static unsigned address_of(const kr_cu16 *driver, unsigned u) { return driver->first_address + u; }

/// The unlock time that boards are to keep: they count in units of 10 ms.
static unsigned unlock_time_ms(const kr_cu16 *driver) {
  return driver->timing.pulse_ms / KR_UNLOCK_TIME_UNIT_MS * KR_UNLOCK_TIME_UNIT_MS;
}

static void lose(kr_cu16 *driver, unsigned u, uint64_t now_ms, const char *why) {
  unit *board = &driver->unit[u];
  board->ready = false;
  board->time_confirmed = false;
  board->silent_unlocks = 0;
  kr_queue_clear(&board->queue);
  board->next_ms = now_ms + KR_PROBE_MS;
  if (board->lost_told) return;
  board->lost_told = true;
  log_error("board %u: %s; its locks stay as they are until it is back", address_of(driver, u), why);
  driver->listener.lost(driver->listener.context, u, now_ms);
}

static void lose_line(kr_cu16 *driver, uint64_t now_ms, const char *why) {
  kr_line_close(&driver->line);
  driver->open_ms = now_ms + KR_PROBE_MS;
  for (unsigned u = 0; u < driver->units; u++) lose(driver, u, now_ms, why);
}

static void open_line(kr_cu16 *driver, uint64_t now_ms) {
  kr_line *line = &driver->line;
  if (kr_line_open(line, now_ms) != 0) {
    const char *why = errno == EWOULDBLOCK ? "another process holds it" : strerror(errno);
    if (!driver->open_failed)
      log_error("%s cannot be opened: %s; trying again every second", line->path, why);
    driver->open_failed = true;
    lose_line(driver, now_ms, "the serial line is closed");
    return;
  }
  driver->open_failed = false;
  for (unsigned u = 0; u < driver->units; u++) {
    driver->unit[u].next_ms = now_ms;
    driver->unit[u].unanswered_ms = CLOCK_NEVER;
  }
  log_info("serial line %s is open at %u baud", line->path, line->baud);
}

// Sending ---------------------------------------------------------------------------------------------

static void send_frame(kr_cu16 *driver, unsigned u, const kr_frame *frame, uint64_t answer_ms,
                       uint64_t now_ms) {
  driver->asked_unit = u;
  driver->asked_for_unlock = frame->command == KR_UNLOCK;
  if (kr_line_send(&driver->line, frame, answer_ms, now_ms)) return;
  lose_line(driver, now_ms, "the serial line does not take a frame");
}

static uint64_t unlock_answer_ms(const kr_cu16 *driver, const unit *board) {
  if (board->silent_unlocks >= KR_SILENT_UNLOCKS) return KR_UNLOCK_PAUSE_MS;
  return clock_earlier(KR_UNLOCK_ANSWER_MS, driver->timing.open_window_ms / 2);
}

static void drop_late_unlocks(kr_cu16 *driver, unsigned u, uint64_t now_ms) {
  const uint16_t late = kr_queue_drop_late(&driver->unit[u].queue, now_ms);
  for (unsigned lock = 0; lock < KR_LOCKS; lock++) {
    if ((late >> lock & 1) == 0) continue;
    log_warning("board %u lock %u: the line was free too late for an unlock", address_of(driver, u),
                lock + 1);
  }
}

/// Sends the first waiting unlock that is still allowed. True when there was one.
static bool send_unlock(kr_cu16 *driver, uint64_t now_ms) {
  for (unsigned u = 0; u < driver->units; u++) {
    unit *board = &driver->unit[u];
    if (!board->ready) continue;
    drop_late_unlocks(driver, u, now_ms);
    const uint64_t rested_ms = now_ms + driver->timing.pulse_ms + driver->timing.cool_down_ms;
    const unsigned lock = kr_queue_take(&board->queue, now_ms, rested_ms);
    if (lock == KR_LOCKS) continue;
    board->next_ms = now_ms;
    // Nobody is asked while the line is quiet: silence counts anew after it.
    for (unsigned i = 0; i < driver->units; i++) driver->unit[i].unanswered_ms = CLOCK_NEVER;
    const kr_frame frame = kr_unlock(address_of(driver, u), lock);
    send_frame(driver, u, &frame, unlock_answer_ms(driver, board), now_ms);
    return true;
  }
  return false;
}

/// Asks the board that has waited longest, if one is due.
static void send_question(kr_cu16 *driver, uint64_t now_ms) {
  unsigned next = driver->units;
  for (unsigned u = 0; u < driver->units; u++) {
    if (driver->unit[u].next_ms > now_ms) continue;
    if (next == driver->units || driver->unit[u].next_ms < driver->unit[next].next_ms) next = u;
  }
  if (next == driver->units) return;
  unit *board = &driver->unit[next];
  board->next_ms = now_ms + (board->lost_told ? KR_PROBE_MS : KR_POLL_MS);
  board->unanswered_ms = clock_earlier(board->unanswered_ms, now_ms);
  kr_frame frame = kr_status(address_of(driver, next));
  if (!board->time_confirmed) {
    board->told_ms = unlock_time_ms(driver);
    frame = kr_unlock_time(KR_UNLOCK_TIME, address_of(driver, next), board->told_ms);
  }
  send_frame(driver, next, &frame, KR_STATUS_ANSWER_MS, now_ms);
}

// Receiving -------------------------------------------------------------------------------------------

static void take_status(kr_cu16 *driver, unsigned u, const kr_frame *frame, uint64_t now_ms) {
  unit *board = &driver->unit[u];
  board->unanswered_ms = CLOCK_NEVER;
  if (!board->time_confirmed) return;
  if (!board->ready) log_info("board %u answers", address_of(driver, u));
  board->ready = true;
  board->lost_told = false;
  uint16_t closed, present;
  kr_read_status(frame, &closed, &present);
  driver->listener.read(driver->listener.context, u, closed, present, now_ms);
}

static void take_unlock_time(kr_cu16 *driver, unsigned u, const kr_frame *frame, uint64_t now_ms) {
  unit *board = &driver->unit[u];
  const unsigned kept_ms = kr_read_unlock_time(frame);
  if (kept_ms != board->told_ms) {
    char why[WHY_BYTES];
    snprintf(why, sizeof why, "it keeps an unlock time of %u ms instead of %u ms", kept_ms, board->told_ms);
    lose(driver, u, now_ms, why);
    return;
  }
  board->unanswered_ms = CLOCK_NEVER;
  board->time_confirmed = kept_ms == unlock_time_ms(driver);  // the settings may be newer than the question
  board->next_ms = now_ms;
}

static void take_frame(kr_cu16 *driver, const kr_frame *frame, uint64_t now_ms) {
  const unsigned address = kr_board_of(frame->address);
  if (address < driver->first_address || address >= driver->first_address + driver->units) return;
  const unsigned u = address - driver->first_address;
  if (frame->command == KR_STATUS_ANSWER) take_status(driver, u, frame, now_ms);
  else if (frame->command == KR_UNLOCK_TIME_ANSWER) take_unlock_time(driver, u, frame, now_ms);
  else return;
  if (!driver->line.awaits_answer || driver->asked_unit != u) return;
  if (driver->asked_for_unlock) driver->unit[u].silent_unlocks = 0;
  kr_line_release(&driver->line, now_ms);
}

/// Takes what came. False when the line is gone.
static bool receive(kr_cu16 *driver, uint64_t now_ms) {
  for (;;) {
    kr_frame frame;
    switch (kr_line_receive(&driver->line, &frame, now_ms)) {
      case KR_LINE_NOTHING: return true;
      case KR_LINE_FRAME: take_frame(driver, &frame, now_ms); break;
      case KR_LINE_GONE: lose_line(driver, now_ms, "the serial line is gone"); return false;
    }
  }
}

static void miss_answer(kr_cu16 *driver, uint64_t now_ms) {
  unit *board = &driver->unit[driver->asked_unit];
  kr_line_release(&driver->line, now_ms);
  if (driver->asked_unit >= driver->units) return;  // it is not served any more
  if (driver->asked_for_unlock) {
    if (board->silent_unlocks < KR_SILENT_UNLOCKS) board->silent_unlocks++;
  } else if (now_ms >= board->unanswered_ms + KR_LOST_AFTER_MS) {
    lose(driver, driver->asked_unit, now_ms,
         board->time_confirmed ? "no answer" : "no confirmation of its unlock time");
  }
}

// The driver ------------------------------------------------------------------------------------------

/// Nothing is known of a board that is served from now on, but that its coils rest on if it was served before.
static void begin(unit *board) {
  kr_queue queue = board->queue;
  kr_queue_clear(&queue);
  *board = (unit){.unanswered_ms = CLOCK_NEVER, .queue = queue};
}

static void configure(board *base, unsigned units, const lk_lock_config *timing) {
  kr_cu16 *driver = (kr_cu16 *)base;
  assert(units <= MAXIMUM_UNITS && driver->first_address + units <= KR_BOARDS);
  const bool new_time = timing->pulse_ms != driver->timing.pulse_ms;
  for (unsigned u = 0; u < units; u++) {
    if (u >= driver->units) begin(&driver->unit[u]);
    if (new_time) driver->unit[u].ready = driver->unit[u].time_confirmed = false;
  }
  driver->units = units;
  driver->timing = *timing;
}

static void unlock(board *base, unsigned compartment, uint64_t deadline_ms) {
  kr_cu16 *driver = (kr_cu16 *)base;
  unit *board = &driver->unit[compartment / KR_LOCKS];
  assert(compartment / KR_LOCKS < driver->units);
  // A board that has yet to confirm a new unlock time will in a moment; a lost one may be away for long.
  if (!board->lost_told) kr_queue_add(&board->queue, compartment % KR_LOCKS, deadline_ms);
}

static void advance(board *base, uint64_t now_ms) {
  kr_cu16 *driver = (kr_cu16 *)base;
  if (driver->line.fd < 0 && now_ms >= driver->open_ms) open_line(driver, now_ms);
  if (driver->line.fd < 0 || !receive(driver, now_ms)) return;
  if (driver->line.awaits_answer && now_ms >= driver->line.answer_by_ms) miss_answer(driver, now_ms);
  if (kr_line_is_free(&driver->line, now_ms) && !send_unlock(driver, now_ms)) send_question(driver, now_ms);
}

static uint64_t wake_up_ms(const board *base) {
  const kr_cu16 *driver = (const kr_cu16 *)base;
  if (driver->line.fd < 0) return driver->open_ms;
  if (driver->line.awaits_answer) return driver->line.answer_by_ms;
  uint64_t next_ms = CLOCK_NEVER;
  for (unsigned u = 0; u < driver->units; u++) {
    const unit *board = &driver->unit[u];
    next_ms = clock_earlier(next_ms, board->next_ms);
    if (board->ready) next_ms = clock_earlier(next_ms, kr_queue_wake_up_ms(&board->queue));
  }
  return next_ms < driver->line.free_ms ? driver->line.free_ms : next_ms;
}

static int descriptor(const board *base) { return ((const kr_cu16 *)base)->line.fd; }

static void close_driver(board *base) {
  kr_cu16 *driver = (kr_cu16 *)base;
  kr_line_close(&driver->line);
  free(driver);
}

static const board_driver kr_cu16_driver = {
    .configure = configure,
    .unlock = unlock,
    .advance = advance,
    .wake_up_ms = wake_up_ms,
    .descriptor = descriptor,
    .close = close_driver,
};

board *kr_cu16_open(const char *path, unsigned baud, unsigned first_address, const board_listener *listener) {
  kr_cu16 *driver = calloc(1, sizeof *driver);
  if (driver == NULL) return NULL;
  driver->base.driver = &kr_cu16_driver;
  driver->listener = *listener;
  driver->line = (kr_line){.path = path, .baud = baud, .fd = -1};
  driver->first_address = first_address;
  return &driver->base;
}
