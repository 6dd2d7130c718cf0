/// From command to pulse with a disk that takes its time: time passes only where a test or the disk says so.
#include "commands.h"

#include <ccore/crypto.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "file.h"
#include "log.h"

enum { START_MS = 100000, COMPARTMENT = 3, MAXIMUM_PULSES = 8 };

static char directory[] = "/tmp/latchkey-commands-XXXXXX";
static uint64_t time_ms;         ///< on every clock
static uint64_t flush_ms;        ///< how long the disk takes
static journal kept;
static locks doors;
static server_clock server;
static commands subject;
static struct {
  unsigned compartment;
  uint64_t deadline_ms;
} pulses[MAXIMUM_PULSES];
static size_t pulse_count;

/// In the place of the C library's.
int clock_gettime(clockid_t id, struct timespec *now) {
  (void)id;
  *now = (struct timespec){.tv_sec = (time_t)(time_ms / 1000), .tv_nsec = (long)(time_ms % 1000) * 1000000};
  return 0;
}

/// Likewise.
int fdatasync(int fd) {
  time_ms += flush_ms;
  return (int)syscall(SYS_fdatasync, fd);
}

static void take_unlock(board *base, unsigned compartment, uint64_t deadline_ms) {
  (void)base;
  CHECK(kept.synced == kept.count && pulse_count < MAXIMUM_PULSES);
  pulses[pulse_count % MAXIMUM_PULSES].compartment = compartment;
  pulses[pulse_count++ % MAXIMUM_PULSES].deadline_ms = deadline_ms;
}

/// Closed doors, cold coils, a known server's clock that shows the same time.
static void begin(void) {
  static const board_driver driver = {.unlock = take_unlock};
  static board board = {.driver = &driver};
  const locks_listener listener = commands_listener(&subject);
  char problem[JOURNAL_PROBLEM_BYTES];
  const lk_lock_config timing = lk_lock_config_default();
  time_ms = START_MS;
  flush_ms = 0;
  pulse_count = 0;
  CHECK(journal_create(directory) == 0 && journal_open(&kept, directory, problem) == JOURNAL_OK);
  server = (server_clock){.known = true};
  subject = (commands){.journal = &kept, .clock = &server, .locks = &doors, .board = &board};
  locks_init(&doors, &listener);
  locks_configure(&doors, 16, false, &timing, time_ms);
  for (int reading = 0; reading < 3; reading++) {
    time_ms += 5000;
    locks_read(&doors, 0, 0xFFFF, 0, time_ms);
    locks_advance(&doors, time_ms);
  }
  CHECK(locks_can_judge(&doors, COMPARTMENT));
  CHECK(journal_reconcile(&kept, (int64_t)kept.state.waiting_count) == 0 && commands_commit(&subject));
}

static void end(void) { journal_close(&kept); }

static void command(int64_t sequence, uint64_t life_ms) {
  Google__Protobuf__Timestamp expire_time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
  Latchkey__V1__UnlockCommand command = LATCHKEY__V1__UNLOCK_COMMAND__INIT;
  expire_time.seconds = (int64_t)(time_ms + life_ms) / 1000;
  expire_time.nanos = (int32_t)((time_ms + life_ms) % 1000) * 1000000;
  command.sequence = sequence;
  command.compartment = COMPARTMENT;
  command.expire_time = &expire_time;
  commands_take(&subject, &command);
}

static const journal_entry *last_entry(void) {
  static const journal_entry none = {0};
  return kept.state.waiting_count > 0 ? &kept.state.waiting[kept.state.waiting_count - 1] : &none;
}

static void commands_are_fired(void) {
  begin();
  command(1, 3000);
  commands_give(&subject);
  CHECK_NUMBER(pulse_count, 0);
  CHECK_NUMBER(commands_wake_up_ms(&subject), 0);
  commands_fire(&subject);
  commands_fire(&subject);
  CHECK_NUMBER(pulse_count, 1);
  CHECK_NUMBER(pulses[0].compartment, COMPARTMENT - 1);
  CHECK_NUMBER(pulses[0].deadline_ms, time_ms + 3000);  // it expires before its window is over
  CHECK_NUMBER(commands_wake_up_ms(&subject), CLOCK_NEVER);
  CHECK(journal_state_find(&kept.state, 1)->firing);
  end();
}

static void flushes_outlast_commands(void) {
  begin();
  command(1, 1000);
  flush_ms = 1500;
  commands_give(&subject);
  commands_fire(&subject);
  CHECK_NUMBER(pulse_count, 0);
  CHECK(last_entry()->is_outcome);
  CHECK_NUMBER(last_entry()->what, LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_REFUSED);
  CHECK_NUMBER(last_entry()->refusal, LATCHKEY__V1__COMMAND_REFUSAL__COMMAND_REFUSAL_EXPIRED);
  end();
}

static void windows_begin_after_the_flush(void) {
  begin();
  command(1, 60000);
  flush_ms = 1500;
  commands_give(&subject);
  const uint64_t given_ms = time_ms;
  CHECK_NUMBER(given_ms, START_MS + 15000 + 1500);
  commands_fire(&subject);
  CHECK_NUMBER(pulse_count, 1);
  CHECK_NUMBER(pulses[0].deadline_ms, given_ms + doors.timing.open_window_ms - doors.timing.pulse_ms);
  end();
}

/// The outcome of what an earlier process fired could not be kept, because too many entries wait.
static void fired_commands_stay_fired(void) {
  begin();
  CHECK(journal_add_command(&kept, 1, COMPARTMENT, (int64_t)time_ms + 60000) == 0);
  journal_add_firing(&kept, 1);
  CHECK(commands_commit(&subject));
  commands_give(&subject);
  commands_fire(&subject);
  CHECK_NUMBER(pulse_count, 0);
  CHECK_NUMBER(commands_wake_up_ms(&subject), CLOCK_NEVER);
  CHECK_NUMBER(kept.state.waiting_count, 0);
  commands_end_fired(&subject, time_ms);
  CHECK(last_entry()->is_outcome);
  CHECK_NUMBER(last_entry()->what, LATCHKEY__V1__COMMAND_OUTCOME__COMMAND_OUTCOME_UNKNOWN);
  end();
}

int main(void) {
  if (lk_crypto_start() != 0 || mkdtemp(directory) == NULL) return 2;
  log_set_level(LEVEL_ERROR);
  RUN("L2 a pulse is handed to the board once, with firing on disk, until its command expires",
      commands_are_fired);
  RUN("L3 a command that expires while it is flushed to disk is not fired", flushes_outlast_commands);
  RUN("L3 the window to open begins after the flush", windows_begin_after_the_flush);
  RUN("L2 what an earlier process fired is not fired again while its outcome waits",
      fired_commands_stay_fired);
  char path[FILE_PATH_BYTES];
  if (file_path(path, directory, "journal") == 0) unlink(path);
  rmdir(directory);
  return check_report();
}
