/// What KR-CU16 boards may answer (clients/locker/src/kr_cu16*): the controller's frame reader and its driver
/// hear any bytes at any time.
///   - The frame reader, byte by byte, finds what a search over the whole finds, loses no byte and keeps no
///     more than a frame.
///   - The driver sends whole frames of three kinds only: a question, an unlock time, an unlock of one lock
///     that was asked for, in time, to a board that confirmed its unlock time, after its coil has rested. It
///     speaks when the line is free, tells of what was really read, and always has a moment ahead to wake up at.
/// The line is this file: serial.c and log.c are not linked, and kr_cu16_line.c is compiled with line_read,
/// line_write and line_close for the C library's.
#include <errno.h>
#include <stdarg.h>
#include <sys/types.h>

#include "clock.h"
#include "fuzz.h"
#include "kr_cu16.h"
#include "kr_cu16_frame.h"
#include "kr_cu16_line.h"
#include "log.h"
#include "serial.h"

ssize_t line_read(int fd, void *data, size_t length);
ssize_t line_write(int fd, const void *data, size_t length);
int line_close(int fd);

enum {
  LINE_FD = 77,
  MAXIMUM_STEPS = 400,
  UNITS = BOARD_MAXIMUM_COMPARTMENTS / KR_LOCKS,
  ARRIVING_BYTES = 512,
  MAXIMUM_ANSWERS = ARRIVING_BYTES  ///< no two end at the same byte
};

/// What an observer of line, listener and caller knows of one board.
typedef struct {
  bool confirmed;            ///< it has said that it keeps the unlock time,
  uint64_t confirmed_ms;     ///< last then
  bool is_lost;              ///< the listener was told so last
  kr_frame answers[MAXIMUM_ANSWERS];  ///< statuses that came and that the listener may hear of next
  size_t first_answer, answer_count;
  uint16_t asked;            ///< unlocks asked for and not sent, a bit a lock
  uint64_t deadline_ms[KR_LOCKS];
  uint64_t rested_ms[KR_LOCKS];
} seen_board;

static board *driver;
static unsigned first_address, units, baud;
static lk_lock_config timing;
static uint64_t now_ms;
static seen_board boards[UNITS];
static bool is_open, open_fails, read_fails, write_fails;
static uint8_t arriving[ARRIVING_BYTES];
static size_t arriving_length;
static uint8_t window[KR_FRAME_MAXIMUM_BYTES];  ///< the last bytes that came
static size_t window_length;
static bool awaits_answer;
static uint64_t answer_by_ms;      ///< nobody speaks before it without an answer
static uint64_t quiet_since_ms;    ///< the line's last byte that the driver has read
static kr_frame last_sent;
static uint64_t last_deadline_ms;

void log_line(log_level level, const char *format, ...) {
  char text[1024];
  va_list arguments;
  (void)level;
  va_start(arguments, format);
  REQUIRE(vsnprintf(text, sizeof text, format, arguments) >= 0);
  va_end(arguments);
}

// The frame reader ------------------------------------------------------------------------------------

static size_t data_length_of(uint8_t command) {
  switch (command) {
    case 0x30: case 0x31: case 0x32: case 0x33: return 0;
    case 0x39: case 0x40: return 1;
    case 0x37: case 0x38: return 2;
    case 0x35: return 4;
    default: return SIZE_MAX;
  }
}

/// The length of the frame at the beginning of `bytes`; 0: there is none; SIZE_MAX: more bytes will tell.
static size_t frame_at(const uint8_t *bytes, size_t length) {
  if (bytes[0] != 0x02) return 0;
  if (length < 3) return SIZE_MAX;
  const size_t data_length = data_length_of(bytes[2]);
  if (data_length == SIZE_MAX) return 0;
  if (length < data_length + 5) return SIZE_MAX;
  uint8_t sum = 0;
  for (size_t i = 0; i < data_length + 4; i++) sum = (uint8_t)(sum + bytes[i]);
  return bytes[data_length + 3] == 0x03 && bytes[data_length + 4] == sum ? data_length + 5 : 0;
}

static void read_frames(const uint8_t *bytes, size_t length) {
  kr_decoder decoder = {0};
  size_t at = 0, wrong = 0;
  for (size_t i = 0; i < length; i++) {
    kr_frame frame;
    const bool found = kr_decoder_take(&decoder, bytes[i], &frame);
    REQUIRE(decoder.length <= KR_FRAME_MAXIMUM_BYTES - 1);
    size_t expected = 0;
    while (at <= i && (expected = frame_at(bytes + at, i + 1 - at)) == 0) at++, wrong++;
    const bool is_whole = at <= i && expected != SIZE_MAX;
    REQUIRE(found == is_whole);
    if (found) {
      REQUIRE(frame.address == bytes[at + 1] && frame.command == bytes[at + 2]);
      REQUIRE(frame.data_length == expected - 5 && memcmp(frame.data, bytes + at + 3, expected - 5) == 0);
      uint8_t again[KR_FRAME_MAXIMUM_BYTES];
      const size_t written = kr_frame_write(again, &frame);
      REQUIRE(frame.command == KR_UNLOCK_ALL ? written == 0 : written == expected);
      if (written > 0) REQUIRE(memcmp(again, bytes + at, written) == 0);
      at += expected;
    }
    REQUIRE(decoder.wrong_bytes == wrong && decoder.length == i + 1 - at);
  }
}

// The line --------------------------------------------------------------------------------------------

int serial_open(const char *path, unsigned rate) {
  REQUIRE(strcmp(path, "line") == 0 && rate == baud && !is_open);
  if (open_fails) {
    errno = ENOENT;
    return -1;
  }
  is_open = true;
  awaits_answer = false;
  arriving_length = window_length = 0;
  quiet_since_ms = now_ms;
  return LINE_FD;
}

int line_close(int fd) {
  REQUIRE(fd == LINE_FD && is_open);
  is_open = false;
  for (unsigned u = 0; u < units; u++) boards[u].confirmed = false;
  return 0;
}

/// Whatever has the form of a frame may be one: where frames overlap, the reader chooses.
static void hear(const uint8_t *bytes) {
  const unsigned address = kr_board_of(bytes[1]);
  if (address < first_address || address >= first_address + units) return;
  seen_board *board = &boards[address - first_address];
  if (bytes[2] == KR_STATUS_ANSWER) {
    REQUIRE(board->answer_count < MAXIMUM_ANSWERS);
    kr_frame *frame = &board->answers[board->answer_count++];
    *frame = (kr_frame){.address = bytes[1], .command = bytes[2], .data_length = 4};
    memcpy(frame->data, bytes + 3, 4);
  } else if (bytes[2] == KR_UNLOCK_TIME_ANSWER) {
    if ((unsigned)(bytes[3] << 8 | bytes[4]) * 10 == timing.pulse_ms / 10 * 10) {
      board->confirmed = true;
      board->confirmed_ms = now_ms;
    }
  } else {
    return;
  }
  if (kr_board_of(last_sent.address) == address) awaits_answer = false;
}

static void hear_byte(uint8_t byte) {
  if (window_length == sizeof window) memmove(window, window + 1, --window_length);
  window[window_length++] = byte;
  for (size_t at = 0; at < window_length; at++) {
    if (frame_at(window + at, window_length - at) == window_length - at) hear(window + at);
  }
}

ssize_t line_read(int fd, void *data, size_t length) {
  REQUIRE(fd == LINE_FD && is_open && length > 0);
  if (read_fails) {
    read_fails = false;
    errno = EIO;
    return -1;
  }
  if (arriving_length == 0) {
    errno = EAGAIN;
    return -1;
  }
  const size_t count = arriving_length < length ? arriving_length : length;
  memcpy(data, arriving, count);
  arriving_length -= count;
  memmove(arriving, arriving + count, arriving_length);
  for (size_t i = 0; i < count; i++) hear_byte(((uint8_t *)data)[i]);
  quiet_since_ms = now_ms;
  return (ssize_t)count;
}

static void check_unlock(const kr_frame *frame, unsigned u) {
  const unsigned lock = kr_lock_of(frame->address);
  seen_board *board = &boards[u];
  REQUIRE((board->asked >> lock & 1) != 0);
  REQUIRE(now_ms < board->deadline_ms[lock]);
  REQUIRE(now_ms >= board->rested_ms[lock]);
  REQUIRE(board->confirmed && !board->is_lost);
  board->asked = (uint16_t)(board->asked & ~(1u << lock));
  board->rested_ms[lock] = now_ms + timing.pulse_ms + timing.cool_down_ms;
}

ssize_t line_write(int fd, const void *data, size_t length) {
  REQUIRE(fd == LINE_FD && is_open && length <= KR_FRAME_MAXIMUM_BYTES);
  kr_decoder decoder = {0};
  kr_frame frame;
  for (size_t i = 0; i < length; i++)
    REQUIRE(kr_decoder_take(&decoder, ((const uint8_t *)data)[i], &frame) == (i + 1 == length));
  const unsigned address = kr_board_of(frame.address);
  REQUIRE(address >= first_address && address < first_address + units);
  REQUIRE(now_ms >= quiet_since_ms + KR_MINIMUM_GAP_MS);
  REQUIRE(!awaits_answer || now_ms >= answer_by_ms);
  uint64_t answer_ms = KR_STATUS_ANSWER_MS;
  switch (frame.command) {
    case KR_STATUS: REQUIRE(kr_lock_of(frame.address) == 0); break;
    case KR_UNLOCK_TIME:
      REQUIRE(kr_lock_of(frame.address) == 0);
      REQUIRE(kr_read_unlock_time(&frame) <= timing.pulse_ms);
      break;
    case KR_UNLOCK:
      check_unlock(&frame, address - first_address);
      answer_ms = KR_UNLOCK_PAUSE_MS;
      break;
    default: REQUIRE(frame.command == KR_STATUS);  // nothing else is ever sent
  }
  if (write_fails) {
    write_fails = false;
    return 1;
  }
  last_sent = frame;
  awaits_answer = true;
  answer_by_ms = now_ms + answer_ms;
  return (ssize_t)length;
}

// The listener ----------------------------------------------------------------------------------------

static void was_read(void *context, unsigned unit, uint16_t closed, uint16_t present, uint64_t at_ms) {
  uint16_t answered_closed, answered_present;
  REQUIRE(context == boards && unit < units && at_ms == now_ms);
  seen_board *board = &boards[unit];
  do {
    REQUIRE(board->first_answer < board->answer_count);
    kr_read_status(&board->answers[board->first_answer++], &answered_closed, &answered_present);
  } while (closed != answered_closed || present != answered_present);
  REQUIRE(board->confirmed);
  board->is_lost = false;
}

static void was_lost(void *context, unsigned unit, uint64_t at_ms) {
  REQUIRE(context == boards && unit < units && at_ms == now_ms && !boards[unit].is_lost);
  boards[unit].is_lost = true;
  // What came at once is heard here before the driver reads it: the confirmation may follow on the loss.
  if (boards[unit].confirmed_ms < now_ms) boards[unit].confirmed = false;
  boards[unit].asked = 0;
}

// The story -------------------------------------------------------------------------------------------

static void arrive(const uint8_t *bytes, size_t length) {
  if (length > sizeof arriving - arriving_length) length = sizeof arriving - arriving_length;
  memcpy(arriving + arriving_length, bytes, length);
  arriving_length += length;
}

static void arrive_frame(const kr_frame *frame) {
  uint8_t bytes[KR_FRAME_MAXIMUM_BYTES];
  arrive(bytes, kr_frame_write(bytes, frame));
}

static void advance(uint64_t to_ms) {
  if (to_ms > now_ms) now_ms = to_ms;
  driver->driver->advance(driver, now_ms);
  for (unsigned u = 0; u < units; u++) boards[u].first_answer = boards[u].answer_count = 0;
  REQUIRE(driver->driver->descriptor(driver) == (is_open ? LINE_FD : -1));
  REQUIRE(driver->driver->wake_up_ms(driver) > now_ms);
}

/// What the board that was last spoken to would answer if it were well.
static void answer(fuzz_input *input) {
  const unsigned address = kr_board_of(last_sent.address);
  kr_frame frame;
  if (last_sent.command == KR_UNLOCK_TIME) {
    frame = kr_unlock_time(KR_UNLOCK_TIME_ANSWER, address, kr_read_unlock_time(&last_sent));
  } else {
    frame = kr_status_answer(address, (uint16_t)fuzz_number(input, 2), 0);
  }
  arrive_frame(&frame);
}

/// All boards answer for a while.
static void be_well(fuzz_input *input, unsigned rounds) {
  for (unsigned i = 0; i <= rounds; i++) {
    answer(input);
    advance(now_ms + 2);
    advance(driver->driver->wake_up_ms(driver));
  }
}

/// A frame with a right sum that says whatever it likes.
static void say_anything(fuzz_input *input) {
  static const uint8_t commands[] = {0x30, 0x31, 0x32, 0x35, 0x37, 0x38, 0x39, 0x40};
  kr_frame frame = {.address = fuzz_byte(input), .command = commands[fuzz_byte(input) % sizeof commands]};
  frame.data_length = data_length_of(frame.command);
  for (size_t i = 0; i < frame.data_length; i++) frame.data[i] = fuzz_byte(input);
  arrive_frame(&frame);
}

static void take_timing(fuzz_input *input) {
  timing = lk_lock_config_default();
  timing.pulse_ms = fuzz_between(input, LK_LOCK_PULSE_MINIMUM_MS, LK_LOCK_PULSE_MAXIMUM_MS);
  timing.cool_down_ms = fuzz_between(input, LK_LOCK_COOL_DOWN_MINIMUM_MS, LK_LOCK_COOL_DOWN_MAXIMUM_MS);
  timing.open_window_ms = fuzz_between(input, timing.pulse_ms + 1, LK_LOCK_OPEN_WINDOW_MAXIMUM_MS);
}

static unsigned take_units(fuzz_input *input) {
  const unsigned room = KR_BOARDS - first_address;
  return 1 + fuzz_byte(input) % (room < UNITS ? room : UNITS);
}

/// Serves more or fewer boards with the same times.
static void serve(unsigned wanted) {
  for (unsigned u = units; u < wanted; u++) {
    boards[u].confirmed = boards[u].is_lost = false;
    boards[u].asked = 0;
  }
  units = wanted;
  driver->driver->configure(driver, units, &timing);
}

static void configure(fuzz_input *input) {
  const unsigned old_pulse_ms = timing.pulse_ms;
  take_timing(input);
  if (timing.pulse_ms != old_pulse_ms) {
    for (unsigned u = 0; u < units; u++) boards[u].confirmed = false;
  }
  serve(take_units(input));
}

static void unlock(fuzz_input *input) {
  const uint8_t choice = fuzz_byte(input);  // three locks of each board are enough to meet again
  const unsigned compartment = choice % units * KR_LOCKS + choice / UNITS % 3 * 7;
  const uint16_t wait_ms = (uint16_t)fuzz_number(input, 2);
  const uint64_t deadline_ms = wait_ms == UINT16_MAX ? UINT64_MAX : now_ms + wait_ms;
  seen_board *board = &boards[compartment / KR_LOCKS];
  driver->driver->unlock(driver, compartment, deadline_ms);
  last_deadline_ms = deadline_ms;
  if (board->is_lost) return;
  board->asked = (uint16_t)(board->asked | 1u << compartment % KR_LOCKS);
  board->deadline_ms[compartment % KR_LOCKS] = deadline_ms;
}

static void step(fuzz_input *input) {
  const uint8_t choice = fuzz_byte(input);
  size_t taken;
  switch (choice % 16) {
    case 0: case 1: case 2: advance(driver->driver->wake_up_ms(driver)); break;
    case 3: advance(now_ms + fuzz_byte(input)); break;
    case 4: advance(now_ms + fuzz_number(input, 2)); break;
    case 5: case 6: case 7: answer(input); break;
    case 8: be_well(input, choice >> 4); break;
    case 9: {
      const uint8_t *bytes = fuzz_take(input, choice >> 4, &taken);
      arrive(bytes, taken);
      break;
    }
    case 10: say_anything(input); break;
    case 11: case 12: unlock(input); break;
    case 13:
      if (choice < 0x80) serve(take_units(input));
      else configure(input);
      break;
    case 14:
      if (last_deadline_ms < now_ms + UINT16_MAX) advance(last_deadline_ms);
      break;
    default:
      if (choice < 0x40) open_fails = !open_fails;
      else if (choice < 0xA0) read_fails = true;
      else write_fails = true;
      break;
  }
}

static void drive(fuzz_input *input) {
  static const unsigned rates[] = {9600, 19200, 57600, 115200};
  static const board_listener listener = {.context = boards, .read = was_read, .lost = was_lost};
  now_ms = 1000;
  units = 0;
  is_open = open_fails = read_fails = write_fails = awaits_answer = false;
  last_deadline_ms = 0;
  arriving_length = window_length = 0;
  memset(boards, 0, sizeof boards);
  last_sent = (kr_frame){.command = KR_STATUS};
  first_address = fuzz_byte(input) % KR_BOARDS;
  baud = rates[fuzz_byte(input) % 4];
  timing = (lk_lock_config){0};
  driver = kr_cu16_open("line", baud, first_address, &listener);
  configure(input);
  advance(now_ms);
  for (int steps = 0; steps < MAXIMUM_STEPS && input->left > 0; steps++) step(input);
  driver->driver->close(driver);
  REQUIRE(!is_open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_frames(data, size);
  fuzz_input input = {data, size};
  drive(&input);
  return 0;
}
