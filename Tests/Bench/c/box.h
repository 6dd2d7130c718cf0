/// box.h — a locker with one key that is handed over again and again: what its tablet, screen and controller say
/// next when something has come.
#ifndef BENCH_BOX_H
#define BENCH_BOX_H

#include "fleet.h"

enum { MAXIMUM_SAMPLES = 1 << 21, MAXIMUM_TOKEN = 1024 };
/// As handover.proto numbers directions.
enum { TAKE_OUT = 1, PUT_BACK = 2 };
typedef enum { CONTROLLER, SCREEN, TABLET } role;
typedef enum { RESTING, REQUESTED, REDEEMED, OPENED, CLOSED } progress;

struct box;

/// A connection, and whose it is. `peer` stands first, so that an event's pointer is the link's.
typedef struct {
  peer peer;
  role role;
  struct box *box;
} link;

/// A locker with one key that goes out and comes back.
typedef struct box {
  const locker *locker;
  link controller;
  link screen;
  progress progress;
  int direction;
  /// 0 until the request is answered; the stream ids of the tablet's calls in flight.
  int64_t handover;
  uint32_t request_stream;
  uint32_t redeem_stream;
  bool is_redeem_answered;
  uint32_t report_stream;
  char token[MAXIMUM_TOKEN];
  size_t token_length;
  int64_t redeemed_at;
  int64_t command;
  int64_t compartment;
  int64_t reports;
  uint64_t requests;
} box;

typedef struct {
  fleet fleet;
  box *boxes;
  int box_count;
  link *tablets;
  int epoll;
  buffer scratch;
  bool is_offered_by_rate;
  bool is_measuring;
  uint64_t completed;
  /// The warm-up's too.
  uint64_t completed_in_all;
  uint64_t offered;
  /// Offered when every locker was still at work.
  uint64_t late;
  int next_box;
  double *latencies;
  size_t latency_count;
} world;

/// Asks for the next hand-over of a box that rests.
void box_request(world *world, box *box);

/// Takes a frame that has come on one of the world's connections.
void world_take(world *world, link *link, const frame *frame);

#endif
