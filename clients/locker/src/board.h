/// board.h — what the controller wants of lock-control hardware, whichever it is.
///
/// A driver owns its line and never blocks: the controller waits for `descriptor` and `wake_up_ms` and calls
/// `advance`. There is deliberately no way to open all doors at once.
#ifndef LOCKER_BOARD_H
#define LOCKER_BOARD_H

#include <ccore/lock.h>

enum {
  BOARD_MAXIMUM_COMPARTMENTS = 64,
  BOARD_COMPARTMENTS_PER_UNIT = 16  ///< compartments that are read, and lost, together
};

/// What a driver tells. Compartments are counted from 0 here, units of BOARD_COMPARTMENTS_PER_UNIT likewise.
typedef struct {
  void *context;
  /// The sensors of one unit were read; bit 0 is its first compartment.
  void (*read)(void *context, unsigned unit, uint16_t closed, uint16_t present, uint64_t now_ms);
  /// One unit does not answer, or answers nonsense. Told once; `read` ends it.
  void (*lost)(void *context, unsigned unit, uint64_t now_ms);
} board_listener;

typedef struct board board;

typedef struct {
  /// Units to serve from now on, and the times of their locks: how long a coil is energised, how long it
  /// rests then, and how long a door has to open.
  void (*configure)(board *board, unsigned units, const lk_lock_config *timing);
  /// Pulses one coil as soon as the line is free and the coil has rested, but not at or after `deadline_ms`.
  /// That it was sent is no proof of anything: the sensors tell.
  void (*unlock)(board *board, unsigned compartment, uint64_t deadline_ms);
  /// Does what is due.
  void (*advance)(board *board, uint64_t now_ms);
  /// The moment at which `advance` is wanted at the latest.
  uint64_t (*wake_up_ms)(const board *board);
  /// Readable when `advance` is wanted; -1 while the line is closed.
  int (*descriptor)(const board *board);
  /// Closes the line and frees the driver.
  void (*close)(board *board);
} board_driver;

/// The head of each driver's own struct.
struct board {
  const board_driver *driver;
};

#endif
