#include "controller.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "commands.h"
#include "file.h"
#include "journal.h"
#include "kr_cu16.h"
#include "kr_cu16_frame.h"
#include "locks.h"
#include "reporter.h"
#include "screen.h"
#include "session.h"
#include "settings.h"
#include "timestamp.h"
#include "version.h"

typedef struct controller {
  const options *options;
  identity identity;
  server_clock clock;
  journal journal;
  session session;
  reporter reporter;
  locks locks;
  commands commands;
  screen screen;
  board *board;
  SSL_CTX *trust;
  settings settings;         ///< in use
  settings wanted;           ///< from the server, taken when no command is in work
  int signals;
  uint64_t stop_by_ms;       ///< CLOCK_NEVER until asked to stop
} controller;

// Board -----------------------------------------------------------------------------------------------

static void board_read(void *context, unsigned unit, uint16_t closed, uint16_t present, uint64_t now_ms) {
  controller *controller = context;
  locks_read(&controller->locks, unit, closed, present, now_ms);
}

static void board_lost(void *context, unsigned unit, uint64_t now_ms) {
  controller *controller = context;
  locks_lose(&controller->locks, unit, now_ms);
}

/// Puts settings to use.
static void use_settings(controller *controller, const settings *settings, uint64_t now_ms) {
  const unsigned units =
      (settings->compartments + BOARD_COMPARTMENTS_PER_UNIT - 1) / BOARD_COMPARTMENTS_PER_UNIT;
  if (controller->options->board + units > KR_BOARDS) {
    log_error("%u compartments do not fit on the boards from address %u on; start with a lower --board",
              settings->compartments, controller->options->board);
    return;
  }
  controller->settings = *settings;
  locks_configure(&controller->locks, settings->compartments, settings->has_item_sensors, &settings->timing,
                  now_ms);
  controller->board->driver->configure(controller->board, units, &settings->timing);
}

/// Takes the server's settings once no command is in work: a machine's times do not change under it.
static void adopt_settings(controller *controller, uint64_t now_ms) {
  if (controller->wanted.compartments == 0 || controller->journal.state.open_count > 0 ||
      settings_equal(&controller->wanted, &controller->settings)) {
    return;
  }
  use_settings(controller, &controller->wanted, now_ms);
  controller->wanted.compartments = 0;
}

// Server ----------------------------------------------------------------------------------------------

static int64_t highest_sequence(void *context) {
  return ((controller *)context)->journal.state.highest_sequence;
}

static void take_command(void *context, const Latchkey__V1__UnlockCommand *command) {
  commands_take(&((controller *)context)->commands, command);
}

static void take_settings(void *context, const Latchkey__V1__GetLockerSettingsResponse *message) {
  controller *controller = context;
  reporter_reconcile(&controller->reporter, message->acknowledged_number);
  const char *wrong = settings_from_message(&controller->wanted, message);
  if (wrong != NULL) {
    log_error("the server's settings are not used: %s", wrong);
    return;
  }
  if (settings_save(&controller->wanted, controller->options->state) != 0) {
    log_warning("%s/settings cannot be written: %s", controller->options->state, strerror(errno));
  }
  // Without any settings no lock can be at work: commands that wait on disk need these to go on.
  if (controller->settings.compartments == 0) {
    use_settings(controller, &controller->wanted, clock_monotonic_ms());
  }
}

static void take_view(void *context, const Latchkey__V1__KioskView *view, uint64_t now_ms) {
  controller *controller = context;
  const Latchkey__V1__UpperScreen *upper = view->upper;
  if (upper == NULL || upper->handover_token[0] == '\0') {
    screen_clear(&controller->screen);
    return;
  }
  uint64_t expire_ms = CLOCK_NEVER;
  if (upper->handover_expire_time != NULL && controller->clock.known) {
    expire_ms = server_clock_reaches(&controller->clock, timestamp_ms(upper->handover_expire_time));
  }
  screen_show(&controller->screen, upper->handover_token, upper->tablet_name, expire_ms, now_ms);
}

static void acknowledged(void *context, int64_t number) {
  reporter_acknowledged(&((controller *)context)->reporter, number);
}

static void report_refused(void *context, const failure *failure, uint64_t now_ms) {
  reporter_refused(&((controller *)context)->reporter, failure, now_ms);
}

// The loop --------------------------------------------------------------------------------------------

static void read_signals(controller *controller, uint64_t now_ms) {
  struct signalfd_siginfo signal;
  if (read(controller->signals, &signal, sizeof signal) != (ssize_t)sizeof signal) return;
  log_info("asked to stop");
  controller->stop_by_ms = now_ms + CONTROLLER_DRAIN_MS;
}

static bool is_stopping(const controller *controller) { return controller->stop_by_ms != CLOCK_NEVER; }

/// Everything that is due now. While stopping, doors are left alone: no pulse starts, and what they do is for
/// the next start to find.
static void advance(controller *controller, uint64_t now_ms) {
  board *board = controller->board;
  const bool works = !is_stopping(controller);
  if (works) {
    board->driver->advance(board, now_ms);
    locks_advance(&controller->locks, now_ms);
  }
  session_advance(&controller->session, now_ms);
  if (works) {
    adopt_settings(controller, now_ms);
    commands_give(&controller->commands);
    commands_fire(&controller->commands);
    // A pulse just asked for leaves at once, if the line is free, and by the time after the journal's
    // flushes.
    board->driver->advance(board, clock_monotonic_ms());
  }
  if (commands_commit(&controller->commands)) reporter_advance(&controller->reporter, now_ms);
  screen_advance(&controller->screen, now_ms);
}

static bool is_done(const controller *controller, uint64_t now_ms) {
  if (controller->commands.failed || controller->session.state == SESSION_REFUSED) return true;
  if (!is_stopping(controller)) return false;
  const bool nothing_waits = controller->journal.state.waiting_count == 0;
  return nothing_waits || controller->session.state != SESSION_READY || now_ms >= controller->stop_by_ms;
}

static void wait_for_something(const controller *controller, uint64_t now_ms) {
  const board *board = controller->board;
  const bool works = !is_stopping(controller);
  uint64_t wake_ms = clock_earlier(controller->stop_by_ms, session_wake_up_ms(&controller->session));
  wake_ms = clock_earlier(wake_ms, reporter_wake_up_ms(&controller->reporter));
  wake_ms = clock_earlier(wake_ms, screen_wake_up_ms(&controller->screen, now_ms));
  if (works) {
    wake_ms = clock_earlier(wake_ms, board->driver->wake_up_ms(board));
    wake_ms = clock_earlier(wake_ms, locks_wake_up_ms(&controller->locks));
    wake_ms = clock_earlier(wake_ms, commands_wake_up_ms(&controller->commands));
  }
  struct pollfd fds[] = {
      {.fd = controller->signals, .events = POLLIN},
      {.fd = session_descriptor(&controller->session), .events = session_events(&controller->session)},
      {.fd = works ? board->driver->descriptor(board) : -1, .events = POLLIN},
  };
  const uint64_t longest_ms = 3600 * 1000;
  const uint64_t wait_ms = wake_ms <= now_ms ? 0 : clock_earlier(wake_ms - now_ms, longest_ms);
  poll(fds, sizeof fds / sizeof fds[0], (int)wait_ms);
}

static int work(controller *controller) {
  for (;;) {
    const uint64_t now_ms = clock_monotonic_ms();
    read_signals(controller, now_ms);
    advance(controller, now_ms);
    if (is_done(controller, now_ms)) break;
    wait_for_something(controller, clock_monotonic_ms());
  }
  if (controller->commands.failed) return EXIT_FAILED;
  if (controller->session.state != SESSION_REFUSED) return EXIT_OK;
  log_error("the server does not take device %" PRId64
            " (any more): %s. It was revoked, or never known there. "
            "Enrol anew with a new code into a new directory",
            controller->identity.device_id, controller->session.refusal.reason);
  return EXIT_REFUSED;
}

// Start and end ---------------------------------------------------------------------------------------

/// Reads what is on disk. Returns EXIT_OK or the exit status.
static int load(controller *controller) {
  char problem[JOURNAL_PROBLEM_BYTES];
  const char *directory = controller->options->state;
  if (identity_load(&controller->identity, directory, problem) != IDENTITY_OK) {
    log_error("%s", problem);
    return EXIT_FAILED;
  }
  if (file_lock_directory(directory) != 0) {
    log_error("%s is in use by another latchkey-locker: %s", directory, strerror(errno));
    return EXIT_FAILED;
  }
  const journal_result result = journal_open(&controller->journal, directory, problem);
  if (result != JOURNAL_OK) {
    log_error("%s", problem);
    return result == JOURNAL_FAILED ? EXIT_FAILED : EXIT_DAMAGED;
  }
  if (controller->journal.cut_bytes > 0) {
    log_warning("the journal ended in the middle of a record; %" PRIu64
                " bytes that nothing depended on are cut off",
                controller->journal.cut_bytes);
  }
  return EXIT_OK;
}

static int catch_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, NULL);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/// Builds the parts; the journal is open. Returns EXIT_OK or the exit status.
static int build(controller *controller) {
  const options *options = controller->options;
  char problem[TRANSPORT_PROBLEM_BYTES];
  if (options->ca_file != NULL || !endpoint_is_loopback(&options->server)) {
    controller->trust = transport_trust(options->ca_file, problem);
    if (controller->trust == NULL) {
      log_error("no connection: %s", problem);
      return EXIT_FAILED;
    }
  }
  const board_listener board = {.context = controller, .read = board_read, .lost = board_lost};
  const locks_listener locks = commands_listener(&controller->commands);
  const session_listener session = {.context = controller,
                                    .highest_sequence = highest_sequence,
                                    .settings = take_settings,
                                    .command = take_command,
                                    .view = take_view,
                                    .acknowledged = acknowledged,
                                    .report_refused = report_refused};
  controller->board = kr_cu16_open(options->port, options->baud, options->board, &board);
  controller->signals = catch_signals();
  if (controller->board == NULL || controller->signals < 0) {
    log_error("the controller cannot start: %s", strerror(errno));
    return EXIT_FAILED;
  }
  locks_init(&controller->locks, &locks);
  controller->commands = (commands){.journal = &controller->journal,
                                    .clock = &controller->clock,
                                    .locks = &controller->locks,
                                    .board = controller->board};
  session_init(&controller->session, &controller->identity, &options->server, controller->trust,
               &controller->clock, &session);
  controller->session.longest_wait_ms = options->longest_retry_ms;
  reporter_init(&controller->reporter, &controller->journal, &controller->session, &controller->clock);
  screen_init(&controller->screen, options->qr_file, options->qr_terminal);
  settings settings;
  if (settings_load(&settings, options->state)) use_settings(controller, &settings, clock_monotonic_ms());
  return EXIT_OK;
}

int controller_run(const options *options) {
  static controller controller;  // large, and there is one in a process
  controller = (struct controller){
      .options = options, .journal.fd = -1, .signals = -1, .stop_by_ms = CLOCK_NEVER};
  int status = load(&controller);
  if (status == EXIT_OK) status = build(&controller);
  if (status == EXIT_OK) {
    log_info("latchkey-locker " LOCKER_VERSION ": device %" PRId64 " '%s', locker %" PRId64,
             controller.identity.device_id, controller.identity.name, controller.identity.locker_id);
    commands_end_fired(&controller.commands, clock_monotonic_ms());
    status = work(&controller);
    screen_clear(&controller.screen);
    session_close(&controller.session);
  }
  if (controller.board != NULL) controller.board->driver->close(controller.board);
  if (controller.signals >= 0) close(controller.signals);
  SSL_CTX_free(controller.trust);
  journal_close(&controller.journal);
  lk_wipe(&controller.identity, sizeof controller.identity);
  return status;
}
