// Hands keys over at many lockers whose controllers and screens are all connected: a tablet asks, the screen
// shows the QR, the tablet redeems it, the controller is told to unlock, and reports what its door does.
//
//   handovers PORT FLEET LOCKERS SECONDS RATE
//
// RATE hand-overs are offered a second, whether or not the server keeps up; 0 offers the next one at each
// locker as soon as the last one is done. Prints the latency from redeem sent to unlock received, and the
// hand-overs that were completed a second.
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "box.h"

static const double warm_up_seconds = 1;

static void serve(world *world, link *link) {
  peer_read(&link->peer);
  frame frame;
  size_t done = 0;
  while (next_frame((span){link->peer.in.bytes + done, link->peer.in.length - done}, &frame)) {
    world_take(world, link, &frame);
    done += FRAME_HEADER_BYTES + frame.data.length;
  }
  buffer_drop(&link->peer.in, done);
}

/// Offers a hand-over at the next locker that rests.
static void offer(world *world) {
  world->offered++;
  for (int i = 0; i < world->box_count; i++) {
    box *box = &world->boxes[world->next_box];
    world->next_box = (world->next_box + 1) % world->box_count;
    if (box->progress != RESTING) continue;
    box_request(world, box);
    return;
  }
  world->late++;
}

static void pump(world *world, double seconds, double rate) {
  struct epoll_event events[256];
  int64_t start = now_nano();
  int64_t end = start + (int64_t)(seconds * 1e9);
  uint64_t offered = 0;
  for (int64_t now; (now = now_nano()) < end;) {
    uint64_t due = (uint64_t)((double)(now - start) / 1e9 * rate);
    for (; offered < due; offered++) offer(world);
    int count = epoll_wait(world->epoll, events, 256, 1);
    for (int i = 0; i < count; i++) serve(world, events[i].data.ptr);
  }
}

static void watch(world *world, link *link, const device *device, server *server) {
  peer_connect(&link->peer, server, device);
  if (link->role == CONTROLLER) {
    peer_request(&link->peer, true, "latchkey.v1.LockerService", "WatchCommands", (span){0});
  } else if (link->role == SCREEN) {
    peer_request(&link->peer, true, "latchkey.v1.KioskService", "WatchKiosk", (span){0});
  }
  peer_flush(&link->peer);
  peer_start(&link->peer, world->epoll);
}

int main(int argc, char **argv) {
  if (argc != 6) fail("usage: handovers PORT FLEET LOCKERS SECONDS RATE");
  double seconds = atof(argv[4]), rate = atof(argv[5]);
  world world = {.box_count = atoi(argv[3]), .is_offered_by_rate = rate > 0};
  world.fleet = fleet_read(argv[2], world.box_count);
  server server = server_at((uint16_t)atoi(argv[1]), NULL);
  world.epoll = epoll_create1(EPOLL_CLOEXEC);
  world.boxes = calloc((size_t)world.box_count, sizeof *world.boxes);
  world.tablets = calloc((size_t)world.fleet.tablet_count, sizeof *world.tablets);
  world.latencies = malloc(MAXIMUM_SAMPLES * sizeof(double));
  for (int i = 0; i < world.fleet.tablet_count; i++) {
    world.tablets[i].role = TABLET;
    watch(&world, &world.tablets[i], &world.fleet.tablets[i], &server);
  }
  for (int i = 0; i < world.box_count; i++) {
    box *box = &world.boxes[i];
    *box = (struct box){.locker = &world.fleet.lockers[i], .direction = TAKE_OUT};
    box->controller = (link){.role = CONTROLLER, .box = box};
    box->screen = (link){.role = SCREEN, .box = box};
    watch(&world, &box->controller, &box->locker->controller, &server);
    watch(&world, &box->screen, &box->locker->screen, &server);
  }
  // The screens have their first views, and the locks answer.
  pump(&world, warm_up_seconds, 0);
  if (!world.is_offered_by_rate) {
    for (int i = 0; i < world.box_count; i++) box_request(&world, &world.boxes[i]);
  }
  pump(&world, warm_up_seconds, rate);
  world.is_measuring = true;
  world.offered = world.late = 0;
  int64_t start = now_nano();
  pump(&world, seconds, rate);
  double elapsed = (double)(now_nano() - start) / 1e9;
  printf("{\"completed\": %.1f, \"offered\": %llu, \"late\": %llu, \"in_all\": %llu, ",
         (double)world.completed / elapsed, (unsigned long long)world.offered, (unsigned long long)world.late,
         (unsigned long long)world.completed_in_all);
  printf("\"p50_us\": %.1f, \"p99_us\": %.1f}\n", quantile(world.latencies, world.latency_count, 0.5),
         quantile(world.latencies, world.latency_count, 0.99));
  return 0;
}
