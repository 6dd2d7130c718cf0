#include "bus.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

static uint64_t monotonic_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int bus_open(bus *bus, cabinet *cabinet, const bus_options *options) {
  *bus = (struct bus){.fd = -1, .held = -1, .cabinet = cabinet, .options = *options};
  const unsigned kept_ms = options->kept_unlock_time_ms;
  for (unsigned b = 0; b < CABINET_MAXIMUM_BOARDS; b++) {
    bus->boards[b].unlock_time_ms = kept_ms > 0 ? kept_ms : BUS_DEFAULT_UNLOCK_TIME_MS;
    bus->boards[b].answer_ms = CLOCK_NEVER;
  }
  bus->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (bus->fd < 0 || grantpt(bus->fd) != 0 || unlockpt(bus->fd) != 0) return -1;
  if (ptsname_r(bus->fd, bus->path, sizeof bus->path) != 0) return -1;
  bus->held = open(bus->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (bus->held < 0) return -1;
  struct termios mode;
  if (tcgetattr(bus->held, &mode) != 0) return -1;
  cfmakeraw(&mode);
  return tcsetattr(bus->held, TCSANOW, &mode);
}

void bus_close(bus *bus) {
  if (bus->fd >= 0) close(bus->fd);
  if (bus->held >= 0) close(bus->held);
}

static void send_bytes(bus *bus, const uint8_t *bytes, size_t length) {
  // A line that nobody reads from fills up and then swallows answers, as a real one does.
  if (write(bus->fd, bytes, length) < 0) return;
  bus->active_us = monotonic_us();
}

static void send_frame(bus *bus, const kr_frame *frame) {
  uint8_t bytes[KR_FRAME_MAXIMUM_BYTES];
  send_bytes(bus, bytes, kr_frame_write(bytes, frame));
}

static kr_frame status_of(bus *bus, unsigned board) {
  uint16_t closed, keys;
  cabinet_sense(bus->cabinet, board, &closed, &keys);
  return kr_status_answer(board, closed, keys);
}

static void send_status(bus *bus, unsigned board) {
  const kr_frame frame = status_of(bus, board);
  send_frame(bus, &frame);
}

/// The answer to an unlock. Two who spoke at once leave no byte whole.
static void send_unlock_answer(bus *bus, unsigned board) {
  uint8_t bytes[KR_FRAME_MAXIMUM_BYTES];
  const kr_frame frame = status_of(bus, board);
  const size_t length = kr_frame_write(bytes, &frame);
  if (bus->boards[board].spoiled) bus->spoiled_answers++;
  for (size_t i = 0; bus->boards[board].spoiled && i < length; i++) bytes[i] ^= 0x55;
  send_bytes(bus, bytes, length);
}

static void pulse(bus *bus, unsigned board, unsigned lock) {
  bus->unlocks++;
  cabinet_pulse(bus->cabinet, board * CABINET_DOORS_A_BOARD + lock + 1);
}

static void unlock(bus *bus, unsigned board, unsigned lock, uint64_t now_ms) {
  pulse(bus, board, lock);
  if (bus->options.unlock_answer_ms == BUS_NEVER_ANSWERS) return;
  bus->boards[board].answer_ms = now_ms + (uint64_t)bus->options.unlock_answer_ms;
  bus->boards[board].spoiled = false;
}

static void set_unlock_time(bus *bus, unsigned board, const kr_frame *frame) {
  const unsigned time_ms = kr_read_unlock_time(frame);
  // Zero asks for the time that is set.
  const bool takes = bus->options.kept_unlock_time_ms == 0 && time_ms > 0;
  if (takes && time_ms <= KR_UNLOCK_TIME_MAXIMUM_MS) bus->boards[board].unlock_time_ms = time_ms;
  const kr_frame answer = kr_unlock_time(KR_UNLOCK_TIME_ANSWER, board, bus->boards[board].unlock_time_ms);
  send_frame(bus, &answer);
}

static void obey(bus *bus, const kr_frame *frame, uint64_t now_ms) {
  const unsigned board = kr_board_of(frame->address);
  const unsigned lock = kr_lock_of(frame->address);
  if (board >= bus->options.boards || bus->boards[board].dead) return;
  // A board that still owes the answer to an unlock is busy with its coil and hears nothing.
  if (bus->boards[board].answer_ms != CLOCK_NEVER) return;
  switch (frame->command) {
    case KR_STATUS: send_status(bus, board); break;
    case KR_UNLOCK: unlock(bus, board, lock, now_ms); break;
    case KR_UNLOCK_ALL:
      bus->unlocks_of_all++;
      for (unsigned i = 0; i < CABINET_DOORS_A_BOARD; i++) pulse(bus, board, i);
      break;
    case KR_UNLOCK_TIME: set_unlock_time(bus, board, frame); break;
    default: break;  // answers of other boards, and what no controller of ours sends
  }
}

/// 3.5 characters of ten bits.
static const uint64_t gap_us = 35ull * 1000000 / BUS_BAUD;

static void receive(bus *bus, uint64_t now_ms) {
  uint8_t bytes[256];
  ssize_t count;
  while ((count = read(bus->fd, bytes, sizeof bytes)) > 0) {
    bool silent_before = monotonic_us() - bus->active_us >= gap_us;
    for (unsigned b = 0; b < bus->options.boards; b++) {
      if (bus->boards[b].answer_ms != CLOCK_NEVER) bus->boards[b].spoiled = true;
    }
    for (ssize_t i = 0; i < count; i++) {
      kr_frame frame;
      if (bus->decoder.length == 0 && !silent_before) bus->frames_without_gap++;
      silent_before = false;
      bus->active_us = monotonic_us();
      if (!kr_decoder_take(&bus->decoder, bytes[i], &frame)) continue;
      bus->frames++;
      obey(bus, &frame, now_ms);
    }
  }
}

void bus_advance(bus *bus, uint64_t now_ms) {
  // What is due comes first: a frame that arrives in the same moment was sent after it.
  for (unsigned b = 0; b < bus->options.boards; b++) {
    bus_board *board = &bus->boards[b];
    if (board->answer_ms > now_ms) continue;
    board->answer_ms = CLOCK_NEVER;
    if (!board->dead) send_unlock_answer(bus, b);
  }
  receive(bus, now_ms);
}

uint64_t bus_wake_up_ms(const bus *bus) {
  uint64_t next_ms = CLOCK_NEVER;
  for (unsigned b = 0; b < bus->options.boards; b++) {
    next_ms = clock_earlier(next_ms, bus->boards[b].answer_ms);
  }
  return next_ms;
}
