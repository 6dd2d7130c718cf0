// Enters PINs at as many screens as there are lockers, each as fast as the server acknowledges: a visit is
// started, the PIN redeemed, the visit given up, which gives the PIN back. Every one of the three is a decision
// on disk before its answer comes.
//
//   redeem PORT FLEET LOCKERS SECONDS COMMITS
//
// COMMITS is where recorder.c counts the server's commits. Prints redemptions and decisions a second, the commits
// that they took, and the latency of a redemption.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "fleet.h"

enum { MAXIMUM_SAMPLES = 1 << 21 };
static const double warm_up_seconds = 0.5;

typedef enum { STARTING, ENTERING, LEAVING } step;

typedef struct {
  peer peer;
  const locker *locker;
  step step;
  int64_t visit;
  uint64_t requests;
  int64_t sent_at;
  buffer scratch;
} screen;

typedef struct {
  uint64_t redemptions;
  uint64_t decisions;
  double *latencies;
  size_t latency_count;
  bool is_measuring;
} tally;

static void call(screen *screen, const char *method) {
  peer_request(&screen->peer, false, "latchkey.v1.KioskService", method,
               (span){screen->scratch.bytes, screen->scratch.length});
  screen->sent_at = now_nano();
  peer_flush(&screen->peer);
}

/// Asks for the step that is due.
static void take_step(screen *screen) {
  char id[48];
  snprintf(id, sizeof id, "r-%lld-%llu", (long long)screen->locker->id, (unsigned long long)screen->requests++);
  screen->scratch.length = 0;
  put_text(&screen->scratch, 1, id);
  switch (screen->step) {
    case STARTING:
      put_integer(&screen->scratch, 2, 1);
      call(screen, "StartVisit");
      break;
    case ENTERING:
      put_integer(&screen->scratch, 2, screen->visit);
      put_text(&screen->scratch, 3, screen->locker->pin);
      call(screen, "EnterPin");
      break;
    case LEAVING:
      put_integer(&screen->scratch, 2, screen->visit);
      call(screen, "AbortVisit");
      break;
  }
}

/// The view that every answer holds: its lower screen's step, and the visit's id.
static int64_t shown_step(span answer, int64_t *visit) {
  field view = {0}, lower = {0}, step = {0}, id = {0};
  find_field(answer, 1, &view);
  find_field(view.bytes, 4, &lower);
  find_field(lower.bytes, 1, &step);
  if (find_field(lower.bytes, 2, &id)) *visit = (int64_t)id.integer;
  return (int64_t)step.integer;
}

static void take_answer(screen *screen, tally *tally, const frame *frame) {
  // What the screens show, as kiosk.proto numbers it.
  static const int64_t due[] = {[STARTING] = 2, [ENTERING] = 4, [LEAVING] = 11};
  static const char *const names[] = {"StartVisit", "EnterPin", "AbortVisit"};
  span answer, status;
  if (frame->type != FRAME_RESPONSE) fail("a frame of type %d", frame->type);
  if (!read_response(frame->data, &answer, &status)) fail_status(names[screen->step], status);
  int64_t shown = shown_step(answer, &screen->visit);
  if (shown != due[screen->step]) fail("%s: step %lld is shown", names[screen->step], (long long)shown);
  if (tally->is_measuring) {
    tally->decisions++;
    if (screen->step == ENTERING) {
      tally->redemptions++;
      if (tally->latency_count < MAXIMUM_SAMPLES) {
        tally->latencies[tally->latency_count++] = (double)(now_nano() - screen->sent_at) / 1e3;
      }
    }
  }
  screen->step = screen->step == LEAVING ? STARTING : screen->step + 1;
}

static void pump(int epoll, tally *tally, double seconds) {
  struct epoll_event events[64];
  int64_t end = now_nano() + (int64_t)(seconds * 1e9);
  while (now_nano() < end) {
    int count = epoll_wait(epoll, events, 64, 100);
    for (int i = 0; i < count; i++) {
      screen *screen = events[i].data.ptr;
      peer_read(&screen->peer);
      frame frame;
      while (next_frame((span){screen->peer.in.bytes, screen->peer.in.length}, &frame)) {
        take_answer(screen, tally, &frame);
        buffer_drop(&screen->peer.in, FRAME_HEADER_BYTES + frame.data.length);
        take_step(screen);
      }
    }
  }
}

static uint64_t commits_in(const char *path) {
  uint64_t count = 0;
  FILE *file = fopen(path, "r");
  if (!file || fread(&count, sizeof count, 1, file) != 1) fail("'%s' counts no commits", path);
  fclose(file);
  return count;
}

int main(int argc, char **argv) {
  if (argc != 6) fail("usage: redeem PORT FLEET LOCKERS SECONDS COMMITS");
  int count = atoi(argv[3]);
  double seconds = atof(argv[4]);
  fleet fleet = fleet_read(argv[2], count);
  server server = server_at((uint16_t)atoi(argv[1]), NULL);
  peer *controllers = calloc((size_t)count, sizeof *controllers);
  screen *screens = calloc((size_t)count, sizeof *screens);
  tally tally = {.latencies = malloc(MAXIMUM_SAMPLES * sizeof(double))};
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < count; i++) {
    // No visit starts where no controller listens.
    peer_connect(&controllers[i], &server, &fleet.lockers[i].controller);
    peer_request(&controllers[i], true, "latchkey.v1.LockerService", "WatchCommands", (span){0});
    peer_flush(&controllers[i]);
    peer_call(&controllers[i], "latchkey.v1.AuthService", "WhoAmI", (span){0});
    screens[i].locker = &fleet.lockers[i];
    peer_connect(&screens[i].peer, &server, &fleet.lockers[i].screen);
    // `peer` is a screen's first member, so that an event's pointer is the screen's.
    peer_start(&screens[i].peer, epoll);
  }
  for (int i = 0; i < count; i++) take_step(&screens[i]);
  pump(epoll, &tally, warm_up_seconds);
  tally.is_measuring = true;
  uint64_t commits = commits_in(argv[5]);
  int64_t start = now_nano();
  pump(epoll, &tally, seconds);
  commits = commits_in(argv[5]) - commits;
  double elapsed = (double)(now_nano() - start) / 1e9;
  printf("{\"redemptions\": %.1f, \"decisions\": %.1f, \"decided\": %llu, \"commits\": %llu, ",
         (double)tally.redemptions / elapsed, (double)tally.decisions / elapsed,
         (unsigned long long)tally.decisions, (unsigned long long)commits);
  printf("\"p50_us\": %.1f, \"p99_us\": %.1f}\n", quantile(tally.latencies, tally.latency_count, 0.5),
         quantile(tally.latencies, tally.latency_count, 0.99));
  return 0;
}
