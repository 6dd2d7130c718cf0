/// fleet.h — the lockers and tablets that `latchkey-bench furnish` has put up, as it prints them.
#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include "peer.h"

typedef struct locker {
  int64_t id;
  device controller;
  device screen;
  /// Position among the fleet's tablets.
  int tablet;
  /// Its key is in the locker.
  int64_t work_order;
  /// Of another work order, whose key is to be dropped.
  char pin[16];
} locker;

typedef struct {
  device *tablets;
  int tablet_count;
  locker *lockers;
  int locker_count;
} fleet;

/// Reads at most so many lockers.
fleet fleet_read(const char *path, int maximum_lockers);

#endif
