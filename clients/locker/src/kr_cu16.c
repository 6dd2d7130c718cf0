#include "kr_cu16.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "kr_cu16_frame.h"
#include "log.h"
#include "serial.h"

enum { MAXIMUM_UNITS = BOARD_MAXIMUM_COMPARTMENTS / KR_LOCKS, BITS_PER_CHARACTER = 10 };

typedef struct {
  bool ready;           ///< answers, and has confirmed the unlock time
  bool lost_told;       ///< the listener knows that it is lost
  bool time_confirmed;
  uint64_t next_ms;     ///< when the next question to it is due
  uint64_t heard_ms;    ///< its last good answer; before the first: since when it is asked
  bool asked;           ///< heard_ms means something
  uint16_t unlocks;     ///< waiting to be sent, a bit a lock
  uint64_t deadline_ms[KR_LOCKS];
} unit;

typedef enum { LINE_FREE, LINE_AWAITS_ANSWER } line_phase;

typedef struct {
  board base;
  board_listener listener;
  const char *path;
  unsigned baud;
  unsigned first_address;
  unsigned pulse_ms;
  unsigned units;
  unit unit[MAXIMUM_UNITS];
  int fd;
  uint64_t open_ms;     ///< when to open the line (again)
  bool open_failed;     ///< said once
  line_phase phase;
  unsigned asked_unit;  ///< LINE_AWAITS_ANSWER: whose
  uint64_t answer_by_ms;
  uint64_t free_ms;     ///< no frame is sent before it: the gap
  kr_decoder decoder;
} kr_cu16;

static unsigned address_of(const kr_cu16 *line, unsigned u) { return line->first_address + u; }

static uint64_t duration_of_characters(const kr_cu16 *line, size_t tenths) {
  return ((uint64_t)tenths * BITS_PER_CHARACTER * 100 + line->baud - 1) / line->baud;
}

/// The silence that RS-485 wants between frames: 3.5 characters or more.
static uint64_t gap_ms(const kr_cu16 *line) {
  const uint64_t characters_ms = duration_of_characters(line, 35);
  return characters_ms > KR_MINIMUM_GAP_MS ? characters_ms : KR_MINIMUM_GAP_MS;
}

static void lose(kr_cu16 *line, unsigned u, uint64_t now_ms, const char *why) {
  unit *board = &line->unit[u];
  board->ready = false;
  board->time_confirmed = false;
  board->unlocks = 0;
  board->next_ms = now_ms + KR_PROBE_MS;
  if (board->lost_told) return;
  board->lost_told = true;
  log_error("board %u: %s; its locks stay as they are until it is back", address_of(line, u), why);
  line->listener.lost(line->listener.context, u, now_ms);
}

static void lose_line(kr_cu16 *line, uint64_t now_ms, const char *why) {
  if (line->fd >= 0) close(line->fd);
  line->fd = -1;
  line->phase = LINE_FREE;
  line->open_ms = now_ms + KR_PROBE_MS;
  for (unsigned u = 0; u < line->units; u++) lose(line, u, now_ms, why);
}

static void open_line(kr_cu16 *line, uint64_t now_ms) {
  line->fd = serial_open(line->path, line->baud);
  if (line->fd < 0) {
    const char *why = errno == EWOULDBLOCK ? "another process holds it" : strerror(errno);
    if (!line->open_failed) log_error("%s cannot be opened: %s; trying again every second", line->path, why);
    line->open_failed = true;
    lose_line(line, now_ms, "the serial line is closed");
    return;
  }
  line->open_failed = false;
  line->decoder = (kr_decoder){0};
  line->free_ms = now_ms + gap_ms(line);
  for (unsigned u = 0; u < line->units; u++) {
    line->unit[u].next_ms = now_ms;
    line->unit[u].asked = false;
  }
  log_info("serial line %s is open at %u baud", line->path, line->baud);
}

// Sending ---------------------------------------------------------------------------------------------

static void send_frame(kr_cu16 *line, unsigned u, const kr_frame *frame, uint64_t answer_ms,
                       uint64_t now_ms) {
  uint8_t bytes[KR_FRAME_MAXIMUM_BYTES];
  const size_t length = kr_frame_write(bytes, frame);
  assert(length > 0);
  const ssize_t written = write(line->fd, bytes, length);
  if (written != (ssize_t)length) {
    lose_line(line, now_ms, "the serial line does not take a frame");
    return;
  }
  const uint64_t sent_ms = now_ms + duration_of_characters(line, length * 10);
  line->phase = LINE_AWAITS_ANSWER;
  line->asked_unit = u;
  line->answer_by_ms = sent_ms + answer_ms;
  if (!line->unit[u].asked) {
    line->unit[u].asked = true;
    line->unit[u].heard_ms = now_ms;
  }
}

/// Sends the first waiting unlock that is still allowed. True when there was one.
static bool send_unlock(kr_cu16 *line, uint64_t now_ms) {
  for (unsigned u = 0; u < line->units; u++) {
    unit *board = &line->unit[u];
    const bool usable = board->ready && board->time_confirmed;
    for (unsigned lock = 0; usable && lock < KR_LOCKS; lock++) {
      if ((board->unlocks >> lock & 1) == 0) continue;
      board->unlocks = (uint16_t)(board->unlocks & ~(1u << lock));
      if (now_ms >= board->deadline_ms[lock]) {
        log_warning("board %u lock %u: the line was free too late for an unlock", address_of(line, u),
                    lock + 1);
        continue;
      }
      const kr_frame frame = kr_unlock(address_of(line, u), lock);
      send_frame(line, u, &frame, KR_UNLOCK_PAUSE_MS, now_ms);
      board->next_ms = now_ms;
      board->heard_ms = now_ms;  // its silence counts from here: it may be busy with the coil
      return true;
    }
  }
  return false;
}

/// Asks the board that has waited longest, if one is due.
static void send_question(kr_cu16 *line, uint64_t now_ms) {
  unsigned next = line->units;
  for (unsigned u = 0; u < line->units; u++) {
    if (line->unit[u].next_ms > now_ms) continue;
    if (next == line->units || line->unit[u].next_ms < line->unit[next].next_ms) next = u;
  }
  if (next == line->units) return;
  line->unit[next].next_ms = now_ms + (line->unit[next].lost_told ? KR_PROBE_MS : KR_POLL_MS);
  const kr_frame frame = line->unit[next].time_confirmed
                             ? kr_status(address_of(line, next))
                             : kr_unlock_time(KR_UNLOCK_TIME, address_of(line, next), line->pulse_ms);
  send_frame(line, next, &frame, KR_STATUS_ANSWER_MS, now_ms);
}

// Receiving -------------------------------------------------------------------------------------------

static void free_line(kr_cu16 *line, uint64_t now_ms) {
  line->phase = LINE_FREE;
  line->free_ms = now_ms + gap_ms(line);
}

static void take_status(kr_cu16 *line, unsigned u, const kr_frame *frame, uint64_t now_ms) {
  unit *board = &line->unit[u];
  board->heard_ms = now_ms;
  if (!board->time_confirmed) return;
  if (!board->ready) log_info("board %u answers", address_of(line, u));
  board->ready = true;
  board->lost_told = false;
  uint16_t closed, present;
  kr_read_status(frame, &closed, &present);
  line->listener.read(line->listener.context, u, closed, present, now_ms);
}

static void take_unlock_time(kr_cu16 *line, unsigned u, const kr_frame *frame, uint64_t now_ms) {
  unit *board = &line->unit[u];
  const unsigned wanted_ms = line->pulse_ms / KR_UNLOCK_TIME_UNIT_MS * KR_UNLOCK_TIME_UNIT_MS;
  if (kr_read_unlock_time(frame) != wanted_ms) {
    log_error("board %u keeps an unlock time of %u ms instead of %u ms", address_of(line, u),
              kr_read_unlock_time(frame), wanted_ms);
    return;
  }
  board->heard_ms = now_ms;
  board->time_confirmed = true;
  board->next_ms = now_ms;
}

static void take_frame(kr_cu16 *line, const kr_frame *frame, uint64_t now_ms) {
  const unsigned address = kr_board_of(frame->address);
  if (address < line->first_address || address >= line->first_address + line->units) return;
  const unsigned u = address - line->first_address;
  if (frame->command == KR_STATUS_ANSWER) take_status(line, u, frame, now_ms);
  else if (frame->command == KR_UNLOCK_TIME_ANSWER) take_unlock_time(line, u, frame, now_ms);
  else return;
  if (line->phase == LINE_AWAITS_ANSWER && line->asked_unit == u) free_line(line, now_ms);
}

/// Reads what is there. False when the line is gone.
static bool receive(kr_cu16 *line, uint64_t now_ms) {
  for (;;) {
    uint8_t bytes[256];
    const ssize_t count = read(line->fd, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) {
      lose_line(line, now_ms, "the serial line is gone");
      return false;
    }
    if (count <= 0) return true;
    for (ssize_t i = 0; i < count; i++) {
      kr_frame frame;
      if (kr_decoder_take(&line->decoder, bytes[i], &frame)) take_frame(line, &frame, now_ms);
    }
    line->free_ms = now_ms + gap_ms(line);
  }
}

static void miss_answer(kr_cu16 *line, uint64_t now_ms) {
  const unit *board = &line->unit[line->asked_unit];
  line->decoder.length = 0;
  free_line(line, now_ms);
  if (now_ms >= board->heard_ms + KR_LOST_AFTER_MS) {
    lose(line, line->asked_unit, now_ms,
         board->time_confirmed ? "no answer" : "no confirmation of its unlock time");
  }
}

// The driver ------------------------------------------------------------------------------------------

static void configure(board *base, unsigned units, unsigned pulse_ms) {
  kr_cu16 *line = (kr_cu16 *)base;
  assert(units <= MAXIMUM_UNITS && line->first_address + units <= KR_BOARDS);
  for (unsigned u = 0; u < units; u++) {
    if (u >= line->units) line->unit[u] = (unit){0};
    if (pulse_ms != line->pulse_ms) line->unit[u].time_confirmed = false;
  }
  line->units = units;
  line->pulse_ms = pulse_ms;
  if (line->phase == LINE_AWAITS_ANSWER && line->asked_unit >= units) line->phase = LINE_FREE;
}

static void unlock(board *base, unsigned compartment, uint64_t deadline_ms) {
  kr_cu16 *line = (kr_cu16 *)base;
  const unsigned u = compartment / KR_LOCKS;
  const unsigned lock = compartment % KR_LOCKS;
  assert(u < line->units);
  if (!line->unit[u].ready) return;
  line->unit[u].unlocks = (uint16_t)(line->unit[u].unlocks | 1u << lock);
  line->unit[u].deadline_ms[lock] = deadline_ms;
}

static void advance(board *base, uint64_t now_ms) {
  kr_cu16 *line = (kr_cu16 *)base;
  if (line->fd < 0 && now_ms >= line->open_ms) open_line(line, now_ms);
  if (line->fd < 0 || !receive(line, now_ms)) return;
  if (line->phase == LINE_AWAITS_ANSWER && now_ms >= line->answer_by_ms) miss_answer(line, now_ms);
  if (line->phase == LINE_FREE && now_ms >= line->free_ms && !send_unlock(line, now_ms))
    send_question(line, now_ms);
}

static uint64_t wake_up_ms(const board *base) {
  const kr_cu16 *line = (const kr_cu16 *)base;
  if (line->fd < 0) return line->open_ms;
  if (line->phase == LINE_AWAITS_ANSWER) return line->answer_by_ms;
  uint64_t next_ms = CLOCK_NEVER;
  for (unsigned u = 0; u < line->units; u++) {
    next_ms = clock_earlier(next_ms, line->unit[u].unlocks != 0 ? 0 : line->unit[u].next_ms);
  }
  return next_ms < line->free_ms ? line->free_ms : next_ms;
}

static int descriptor(const board *base) { return ((const kr_cu16 *)base)->fd; }

static void close_driver(board *base) {
  kr_cu16 *line = (kr_cu16 *)base;
  if (line->fd >= 0) close(line->fd);
  free(line);
}

static const board_driver driver = {
    .configure = configure,
    .unlock = unlock,
    .advance = advance,
    .wake_up_ms = wake_up_ms,
    .descriptor = descriptor,
    .close = close_driver,
};

board *kr_cu16_open(const char *path, unsigned baud, unsigned first_address, const board_listener *listener) {
  kr_cu16 *line = calloc(1, sizeof *line);
  if (line == NULL) return NULL;
  line->base.driver = &driver;
  line->listener = *listener;
  line->path = path;
  line->baud = baud;
  line->first_address = first_address;
  line->fd = -1;
  return &line->base;
}
