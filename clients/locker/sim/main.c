/// latchkey-board — a simulated lock board on a pseudo-terminal, for tests, demonstrations and trying things
/// out.
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bus.h"
#include "clock.h"
#include "control.h"
#include "opening_log.h"
#include "people.h"
#include "picture.h"

static const char help_text[] =
    "latchkey-board — a simulated Kerong KR-CU16 lock board with its doors\n"
    "\n"
    "  latchkey-board [--boards N] [--link PATH] [--control PATH] [--log FILE] [--draw]\n"
    "                 [--unlock-answer-ms MS | --no-unlock-answer] [--keep-unlock-time MS]\n"
    "\n"
    "Opens a pseudo-terminal, prints its path and speaks the board's bytes there until SIGTERM or `quit`.\n"
    "\n"
    "  --boards N             16 doors each, addresses from 0; 1 to 16, default 1\n"
    "  --link PATH            a symbolic link to the pseudo-terminal, so that its name is known beforehand\n"
    "  --control PATH         take commands at a Unix-domain socket instead of standard input\n"
    "  --log FILE             append a line for each opening: time, door, unlock or forced\n"
    "  --draw                 draw the compartments on each change\n"
    "  --unlock-answer-ms MS  answer an unlock with the status, this much later; default 20\n"
    "  --no-unlock-answer     answer no unlock\n"
    "  --keep-unlock-time MS  keep this unlock time, whatever the controller says\n"
    "\n"
    "Commands, a line each, each answered by a line\n"
    "  open N                 pull at a door: opens when its latch is free\n"
    "  close N                push it shut\n"
    "  key N in|out           lay a key in or take it out\n"
    "  jam N on|off           the latch does not move\n"
    "  stick N on|off         the door does not spring open when unlocked: pull with `open N`\n"
    "  force N                open it without an unlock\n"
    "  blip N                 its sensors are wrong in the next status, once\n"
    "  dead on|off [BOARD]    answer nothing\n"
    "  auto put|take|swap MS  after an unlock, somebody moves the key MS later and closes MS after that\n"
    "  auto off               nobody does\n"
    "  state, log             all doors; what came over the line\n"
    "  wait opened|closed N MS, wait openings N COUNT MS\n"
    "  quit\n";

typedef struct options {
  bus_options bus;
  const char *link;
  const char *control;
  const char *log;
  bool draw;
} options;

typedef struct {
  cabinet cabinet;
  bus bus;
  people people;
  control control;
  FILE *log;
  int signals;
} simulator;

static void door_opened(void *context, unsigned number, opening_cause cause) {
  simulator *simulator = context;
  if (simulator->log != NULL) opening_log_add(simulator->log, number, cause);
  people_see(&simulator->people, number, cause, clock_monotonic_ms());
}

static bool read_number(const char *text, unsigned lowest, unsigned highest, unsigned *value) {
  char *end;
  const unsigned long number = strtoul(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < lowest || number > highest) return false;
  *value = (unsigned)number;
  return true;
}

/// Reads the arguments. Returns 0, 1 when help was asked for, or -1 after saying what is wrong.
static int parse(options *options, int count, char *arguments[]) {
  *options = (struct options){.bus = {.boards = 1, .unlock_answer_ms = 20}};
  for (int i = 1; i < count; i++) {
    const char *name = arguments[i];
    const char *value = i + 1 < count ? arguments[i + 1] : "";
    unsigned number = 0;
    if (strcmp(name, "--help") == 0) return 1;
    if (strcmp(name, "--draw") == 0) {
      options->draw = true;
    } else if (strcmp(name, "--no-unlock-answer") == 0) {
      options->bus.unlock_answer_ms = BUS_NEVER_ANSWERS;
    } else if (strcmp(name, "--link") == 0 && value[0] != '\0') {
      options->link = arguments[++i];
    } else if (strcmp(name, "--control") == 0 && value[0] != '\0') {
      options->control = arguments[++i];
    } else if (strcmp(name, "--log") == 0 && value[0] != '\0') {
      options->log = arguments[++i];
    } else if (strcmp(name, "--boards") == 0 && read_number(value, 1, CABINET_MAXIMUM_BOARDS, &number)) {
      options->bus.boards = number;
      i++;
    } else if (strcmp(name, "--unlock-answer-ms") == 0 && read_number(value, 0, 10000, &number)) {
      options->bus.unlock_answer_ms = (int)number;
      i++;
    } else if (strcmp(name, "--keep-unlock-time") == 0 &&
               read_number(value, KR_UNLOCK_TIME_UNIT_MS, KR_UNLOCK_TIME_MAXIMUM_MS, &number)) {
      options->bus.kept_unlock_time_ms = number;
      i++;
    } else {
      fprintf(stderr, "latchkey-board: '%s %s' is not understood; --help tells what is.\n", name, value);
      return -1;
    }
  }
  return 0;
}

static int catch_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_BLOCK, &set, NULL);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/// Opens everything. Returns 0, or -1 after saying what failed.
static int start(simulator *simulator, const options *options) {
  const char *what = "the pseudo-terminal";
  simulator->cabinet = (cabinet){.count = options->bus.boards * CABINET_DOORS_A_BOARD,
                                 .context = simulator,
                                 .opened = door_opened,
                                 .changed = true};
  people_init(&simulator->people);
  simulator->signals = catch_signals();
  int result = bus_open(&simulator->bus, &simulator->cabinet, &options->bus);
  if (result == 0 && options->log != NULL) {
    what = options->log;
    simulator->log = opening_log_open(options->log);
    if (simulator->log == NULL) result = -1;
  }
  if (result == 0) {
    what = options->control != NULL ? options->control : "standard input";
    result = control_open(&simulator->control, options->control);
  }
  if (result == 0 && options->link != NULL) {
    what = options->link;
    unlink(options->link);
    result = symlink(simulator->bus.path, options->link);
  }
  if (result != 0) fprintf(stderr, "latchkey-board: %s cannot be opened: %s\n", what, strerror(errno));
  return result;
}

static void wait_for_something(const simulator *simulator, uint64_t now_ms) {
  struct pollfd fds[CONTROL_MAXIMUM_CLIENTS + 3];
  uint64_t wake_ms = clock_earlier(bus_wake_up_ms(&simulator->bus), people_wake_up_ms(&simulator->people));
  wake_ms = clock_earlier(wake_ms, control_wake_up_ms(&simulator->control));
  fds[0] = (struct pollfd){.fd = simulator->signals, .events = POLLIN};
  fds[1] = (struct pollfd){.fd = simulator->bus.fd, .events = POLLIN};
  const nfds_t count = 2 + control_poll(&simulator->control, fds + 2);
  const uint64_t longest_ms = 3600 * 1000;
  poll(fds, count, wake_ms <= now_ms ? 0 : (int)clock_earlier(wake_ms - now_ms, longest_ms));
}

static void work(simulator *simulator, const options *options) {
  struct signalfd_siginfo signal;
  while (!simulator->control.quit && read(simulator->signals, &signal, sizeof signal) < 0) {
    const uint64_t now_ms = clock_monotonic_ms();
    bus_advance(&simulator->bus, now_ms);
    people_advance(&simulator->people, &simulator->cabinet, now_ms);
    control_advance(&simulator->control, &simulator->bus, &simulator->people, now_ms);
    if (simulator->cabinet.changed && options->draw) {
      picture_draw(&simulator->cabinet, stdout, isatty(STDOUT_FILENO));
    }
    simulator->cabinet.changed = false;
    if (!simulator->control.quit) wait_for_something(simulator, now_ms);
  }
}

int main(int count, char *arguments[]) {
  static simulator simulator;
  options options;
  const int parsed = parse(&options, count, arguments);
  if (parsed > 0) fputs(help_text, stdout);
  if (parsed != 0) return parsed > 0 ? 0 : 2;
  if (start(&simulator, &options) != 0) return 1;
  printf("%s\n", simulator.bus.path);
  fflush(stdout);
  work(&simulator, &options);
  control_close(&simulator.control);
  bus_close(&simulator.bus);
  if (options.link != NULL) unlink(options.link);
  if (simulator.log != NULL) fclose(simulator.log);
  return 0;
}
