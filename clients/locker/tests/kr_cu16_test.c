/// The driver of KR-CU16 boards, millisecond by millisecond: what it says when, to boards that are told how
/// to behave. The line is a pseudo-terminal in name only: reading and writing it happens here.
#include "kr_cu16.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "kr_cu16_frame.h"
#include "log.h"

enum { BOARDS = 2, ANSWER_MS = 2, NEVER_ANSWERS = -1, MAXIMUM_SENT = 4096 };
#define NEVER UINT64_MAX

/// How a board behaves.
typedef struct {
  bool dead;
  unsigned keeps_ms;     ///< the unlock time that it keeps whatever it is told; 0: what it is told
  int unlock_answer_ms;  ///< after an unlock, or NEVER_ANSWERS
} behaviour;

typedef struct {
  uint64_t at_ms;
  kr_frame frame;
} sent;

static behaviour boards[BOARDS];
static board *driver;
static int line_fd;
static uint64_t now_ms;
static sent frames[MAXIMUM_SENT];
static size_t frame_count;
static kr_decoder decoder;
static struct {
  uint64_t due_ms;
  kr_frame frame;
} answers[BOARDS];  ///< on their way; NEVER: none is
static unsigned reads[BOARDS], losses[BOARDS];
static lk_lock_config timing;

// The line --------------------------------------------------------------------------------------------

static void obey(const kr_frame *frame) {
  const unsigned b = kr_board_of(frame->address);
  const behaviour *board = &boards[b];
  if (board->dead) return;
  if (frame->command == KR_UNLOCK_TIME) {
    const unsigned time_ms = board->keeps_ms > 0 ? board->keeps_ms : kr_read_unlock_time(frame);
    answers[b].frame = kr_unlock_time(KR_UNLOCK_TIME_ANSWER, b, time_ms);
    answers[b].due_ms = now_ms + ANSWER_MS;
  } else {
    const int after_ms = frame->command == KR_UNLOCK ? board->unlock_answer_ms : ANSWER_MS;
    answers[b].frame = kr_status_answer(b, 0xFFFF, 0);
    answers[b].due_ms = after_ms == NEVER_ANSWERS ? NEVER : now_ms + (uint64_t)after_ms;
  }
}

/// In the place of the C library's.
ssize_t write(int fd, const void *data, size_t length) {
  if (fd != line_fd) return syscall(SYS_write, fd, data, length);
  for (size_t i = 0; i < length; i++) {
    kr_frame frame;
    if (!kr_decoder_take(&decoder, ((const uint8_t *)data)[i], &frame)) continue;
    CHECK(frame_count < MAXIMUM_SENT);
    frames[frame_count++ % MAXIMUM_SENT] = (sent){now_ms, frame};
    obey(&frame);
  }
  return (ssize_t)length;
}

/// Likewise.
ssize_t read(int fd, void *data, size_t length) {
  if (fd != line_fd) return syscall(SYS_read, fd, data, length);
  CHECK(length >= KR_FRAME_MAXIMUM_BYTES);
  for (unsigned b = 0; b < BOARDS; b++) {
    if (answers[b].due_ms > now_ms) continue;
    answers[b].due_ms = NEVER;
    return (ssize_t)kr_frame_write(data, &answers[b].frame);
  }
  errno = EAGAIN;
  return -1;
}

static void was_read(void *context, unsigned unit, uint16_t closed, uint16_t present, uint64_t at_ms) {
  (void)context, (void)closed, (void)present, (void)at_ms;
  reads[unit]++;
}

static void was_lost(void *context, unsigned unit, uint64_t at_ms) {
  (void)context, (void)at_ms;
  losses[unit]++;
}

// Words -----------------------------------------------------------------------------------------------

static void run_until(uint64_t end_ms) {
  for (; now_ms < end_ms; now_ms++) driver->driver->advance(driver, now_ms);
}

static void run(uint64_t duration_ms) { run_until(now_ms + duration_ms); }

/// A driver for `units` boards that answer quickly, with default times; all were read.
static void begin(unsigned units) {
  static char path[64];
  static const board_listener listener = {.read = was_read, .lost = was_lost};
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, path, sizeof path) == 0);
  for (unsigned b = 0; b < BOARDS; b++) {
    boards[b] = (behaviour){.unlock_answer_ms = 20};
    answers[b].due_ms = NEVER;
    reads[b] = losses[b] = 0;
  }
  now_ms = 1000;
  frame_count = 0;
  decoder = (kr_decoder){0};
  timing = lk_lock_config_default();
  line_fd = -1;
  driver = kr_cu16_open(path, 19200, 0, &listener);
  driver->driver->configure(driver, units, &timing);
  run(1);
  line_fd = driver->driver->descriptor(driver);
  CHECK(line_fd >= 0);
  close(master);
}

static void end(void) {
  driver->driver->close(driver);
  line_fd = -1;
}

static void configure(unsigned units) { driver->driver->configure(driver, units, &timing); }
static void unlock(unsigned compartment, uint64_t deadline_ms) {
  driver->driver->unlock(driver, compartment, deadline_ms);
}

/// When the `nth` frame (from 1) with this command was sent; NEVER: it was not.
static uint64_t sent_ms(uint8_t command, unsigned nth) {
  for (size_t i = 0; i < frame_count; i++) {
    if (frames[i].frame.command == command && --nth == 0) return frames[i].at_ms;
  }
  return NEVER;
}

/// How long after the `nth` unlock the next frame was sent.
static uint64_t quiet_ms(unsigned nth) {
  for (size_t i = 0; i + 1 < frame_count; i++) {
    if (frames[i].frame.command == KR_UNLOCK && --nth == 0) return frames[i + 1].at_ms - frames[i].at_ms;
  }
  return NEVER;
}

#define CHECK_BETWEEN(actual, low, high)                                                               \
  CHECK_THAT((actual) >= (low) && (actual) <= (high), "%s is %" PRIu64, #actual, (uint64_t)(actual))

// Tests -----------------------------------------------------------------------------------------------

static void boards_are_asked_in_turn(void) {
  begin(2);
  run(1000);
  CHECK_BETWEEN(reads[0], 8, 10);
  CHECK_BETWEEN(reads[1], 8, 10);
  for (size_t i = 1; i < frame_count; i++) CHECK(frames[i].at_ms >= frames[i - 1].at_ms + ANSWER_MS + 5);
  CHECK_NUMBER(losses[0] + losses[1], 0);
  end();
}

static void dead_boards_are_lost(void) {
  begin(2);
  run(500);
  boards[1].dead = true;
  run(1000);
  CHECK_NUMBER(losses[1], 0);
  run(1500);
  CHECK_NUMBER(losses[1], 1);
  CHECK_NUMBER(losses[0], 0);
  unlock(16, NEVER);
  boards[1].dead = false;
  const unsigned before = reads[1];
  run(2000);
  CHECK(reads[1] > before);
  CHECK_NUMBER(sent_ms(KR_UNLOCK, 1), NEVER);
  end();
}

static void wrong_unlock_times_are_lost(void) {
  begin(2);
  boards[1].keeps_ms = 500;
  run(5000);
  CHECK_NUMBER(losses[1], 1);
  CHECK_NUMBER(reads[1], 0);
  CHECK(losses[0] == 0 && reads[0] > 0);
  boards[1].keeps_ms = 0;
  run(1100);
  CHECK(reads[1] > 0);
  end();
}

static void new_times_are_confirmed_first(void) {
  begin(1);
  run(500);
  timing.pulse_ms = 300;
  configure(1);
  const uint64_t changed_ms = now_ms;
  unlock(3, now_ms + 1000);
  CHECK(driver->driver->wake_up_ms(driver) > now_ms);
  run(500);
  CHECK_BETWEEN(sent_ms(KR_UNLOCK_TIME, 2), changed_ms, changed_ms + KR_POLL_MS);
  CHECK(sent_ms(KR_UNLOCK, 1) > sent_ms(KR_UNLOCK_TIME, 2) && sent_ms(KR_UNLOCK, 1) < now_ms);
  boards[0].keeps_ms = 300;
  timing.pulse_ms = 400;
  configure(1);
  unlock(4, NEVER);
  run(500);
  CHECK_NUMBER(losses[0], 1);
  CHECK_NUMBER(sent_ms(KR_UNLOCK, 2), NEVER);
  end();
}

static void old_answers_are_not_held_against_boards(void) {
  begin(1);
  while (frame_count == 0) run(1);
  timing.pulse_ms = 250;  // the answer to 400 is on its way
  configure(1);
  run(500);
  CHECK_NUMBER(losses[0], 0);
  CHECK(reads[0] > 0);
  CHECK(sent_ms(KR_UNLOCK_TIME, 2) != NEVER);
  end();
}

static void line_is_quiet_until_the_answer(void) {
  begin(2);
  boards[0].unlock_answer_ms = 1400;
  run(500);
  unlock(0, NEVER);
  run(3000);
  CHECK_BETWEEN(quiet_ms(1), 1400, 1410);
  unlock(1, NEVER);
  run(500);
  unlock(16, NEVER);  // of the other board: it waits, too
  run(3000);
  CHECK_BETWEEN(quiet_ms(2), 1400, 1410);
  CHECK_BETWEEN(quiet_ms(3), 20, 30);
  CHECK_NUMBER(losses[0] + losses[1], 0);
  end();
}

static void silent_boards_are_learned(void) {
  begin(2);
  boards[0].unlock_answer_ms = NEVER_ANSWERS;
  run(500);
  for (unsigned i = 0; i < 4; i++) {
    unlock(i, NEVER);
    run(4000);
  }
  CHECK_BETWEEN(quiet_ms(1), KR_UNLOCK_ANSWER_MS, KR_UNLOCK_ANSWER_MS + 10);
  CHECK_BETWEEN(quiet_ms(2), KR_UNLOCK_ANSWER_MS, KR_UNLOCK_ANSWER_MS + 10);
  CHECK_BETWEEN(quiet_ms(3), KR_UNLOCK_PAUSE_MS, KR_UNLOCK_PAUSE_MS + 10);
  CHECK_BETWEEN(quiet_ms(4), KR_UNLOCK_PAUSE_MS, KR_UNLOCK_PAUSE_MS + 10);
  boards[0].unlock_answer_ms = 40;  // it answers after all: the next answer is waited for
  unlock(5, NEVER);
  run(4000);
  boards[0].unlock_answer_ms = 700;
  unlock(6, NEVER);
  run(4000);
  CHECK_BETWEEN(quiet_ms(6), 700, 710);
  CHECK_NUMBER(losses[0] + losses[1], 0);
  end();
}

static void short_windows_are_looked_into(void) {
  begin(1);
  timing.open_window_ms = 1000;
  configure(1);
  boards[0].unlock_answer_ms = NEVER_ANSWERS;
  run(500);
  unlock(0, NEVER);
  run(2000);
  CHECK_BETWEEN(quiet_ms(1), 500, 510);
  end();
}

static void quiet_does_not_count_as_silence(void) {
  begin(2);
  boards[0].unlock_answer_ms = NEVER_ANSWERS;
  run(500);
  boards[1].dead = true;
  run(KR_POLL_MS);
  unlock(0, NEVER);
  run(KR_STATUS_ANSWER_MS + KR_UNLOCK_ANSWER_MS + 200);
  boards[1].dead = false;
  run(1000);
  CHECK_NUMBER(losses[0] + losses[1], 0);
  end();
}

static void late_unlocks_never_leave(void) {
  begin(1);
  boards[0].unlock_answer_ms = 1000;
  run(500);
  unlock(0, NEVER);
  run(10);
  const uint64_t deadline_ms = now_ms + 500;
  unlock(1, deadline_ms);
  run(3000);
  CHECK_NUMBER(sent_ms(KR_UNLOCK, 2), NEVER);
  unlock(1, now_ms + 500);
  run(500);
  CHECK(sent_ms(KR_UNLOCK, 2) != NEVER);
  end();
}

static void coils_rest(void) {
  begin(1);
  boards[0].unlock_answer_ms = 1000;
  run(500);
  unlock(0, NEVER);
  run(10);
  unlock(7, NEVER);  // leaves a second later than its lock believes
  run(1100);
  const uint64_t pulse_ms = sent_ms(KR_UNLOCK, 2);
  CHECK(pulse_ms > sent_ms(KR_UNLOCK, 1) + 1000 && pulse_ms < now_ms);
  unlock(7, NEVER);
  CHECK(driver->driver->wake_up_ms(driver) > now_ms);
  run(5000);
  const uint64_t rest_ms = timing.pulse_ms + timing.cool_down_ms;
  CHECK_BETWEEN(sent_ms(KR_UNLOCK, 3), pulse_ms + rest_ms, pulse_ms + rest_ms + 10);
  end();
}

static void coils_rest_while_their_board_is_not_served(void) {
  begin(2);
  run(500);
  unlock(20, NEVER);
  run(100);
  const uint64_t pulse_ms = sent_ms(KR_UNLOCK, 1);
  CHECK(pulse_ms < now_ms);
  unlock(20, NEVER);  // waits for its coil when its board goes
  configure(1);
  run(50);
  configure(2);
  run(500);
  unlock(20, NEVER);
  run(5000);
  const uint64_t rest_ms = timing.pulse_ms + timing.cool_down_ms;
  CHECK_BETWEEN(sent_ms(KR_UNLOCK, 2), pulse_ms + rest_ms, pulse_ms + rest_ms + 100);
  CHECK_NUMBER(sent_ms(KR_UNLOCK, 3), NEVER);
  end();
}

int main(void) {
  log_set_level(LEVEL_ERROR);
  RUN("L4 boards are asked in turn, with a gap between frames", boards_are_asked_in_turn);
  RUN("L4 a board that does not answer is lost, and what waits for it with it", dead_boards_are_lost);
  RUN("L4 a board that keeps another unlock time is lost until it does not", wrong_unlock_times_are_lost);
  RUN("L4 no unlock leaves before a new unlock time is confirmed", new_times_are_confirmed_first);
  RUN("L4 an answer about the time before is no refusal of the new one",
      old_answers_are_not_held_against_boards);
  RUN("L4 after an unlock the line is quiet until its answer", line_is_quiet_until_the_answer);
  RUN("L4 a board that answers no unlock is not waited for for long", silent_boards_are_learned);
  RUN("L4 quiet leaves half the window to open for looking", short_windows_are_looked_into);
  RUN("L4 nobody is lost for not answering while the line is quiet", quiet_does_not_count_as_silence);
  RUN("L3 an unlock that the line has no room for in time never leaves", late_unlocks_never_leave);
  RUN("L3 a coil rests from the frame on, however late that left", coils_rest);
  RUN("L3 a coil rests on while its board is not served", coils_rest_while_their_board_is_not_served);
  return check_report();
}
