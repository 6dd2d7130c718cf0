/// locks.h — the lock machines of all compartments, driven by what the board reads (L2, L3).
///
/// A machine hears of a sensor only what two readings in a row say: one reading by itself may be noise on the
/// line or a bouncing contact, and the time to debounce may be over before the next one comes. It hears of a
/// change as of the first of the two. In between the door is in doubt, and its machine's time stands still:
/// no timer ends, and no pulse starts, that the next reading could have forestalled. So a change is told one
/// reading after it was first seen, or when it has been debounced, whichever is later.
///
/// Nobody knows what a process before this one did to the coils: each rests before its first pulse here.
///
/// Compartments are counted from 1 here, as people and the contract do. Single-threaded; it does no I/O.
#ifndef LOCKER_LOCKS_H
#define LOCKER_LOCKS_H

#include <ccore/lock.h>
#include <latchkey/v1/locker.pb-c.h>

#include "board.h"

enum { LOCKS_UNITS = BOARD_MAXIMUM_COMPARTMENTS / BOARD_COMPARTMENTS_PER_UNIT };

typedef struct {
  unsigned compartment;
  int64_t sequence;  ///< 0: no command is the cause
  Latchkey__V1__LockEvent event;
  Latchkey__V1__CommandOutcome outcome;  ///< one of `event` and `outcome` is set
  Latchkey__V1__CommandRefusal refusal;
  Latchkey__V1__ItemState item;
} locks_news;

typedef struct {
  void *context;
  /// A coil is to be energised for a command, before `deadline_ms`: a later pulse would reach beyond the
  /// window to open, and so open a door that counts as jammed.
  void (*pulse)(void *context, int64_t sequence, uint64_t deadline_ms);
  void (*news)(void *context, const locks_news *news, uint64_t now_ms);
} locks_listener;

/// The last reading of one unit; bit 0 is its first compartment.
typedef struct {
  bool known;
  uint16_t closed;
  uint16_t present;
  uint16_t doubt;  ///< doors of which it says otherwise than the one before
  uint64_t at_ms;
} locks_reading;

typedef struct {
  lk_lock lock[BOARD_MAXIMUM_COMPARTMENTS];
  lk_lock_config timing;
  unsigned count;             ///< 0 until configured
  bool has_item_sensors;
  bool lost[LOCKS_UNITS];
  locks_reading last[LOCKS_UNITS];
  locks_listener listener;
} locks;

void locks_init(locks *locks, const locks_listener *listener);

/// Sets number, sensors and times. To be called when no command is in work.
void locks_configure(locks *locks, unsigned count, bool has_item_sensors, const lk_lock_config *timing,
                     uint64_t now_ms);

/// What board_listener says; `unit` from 0.
void locks_read(locks *locks, unsigned unit, uint16_t closed, uint16_t present, uint64_t now_ms);
void locks_lose(locks *locks, unsigned unit, uint64_t now_ms);

/// True when a command for this compartment can be judged: its door was read and is not in doubt, or its
/// board is known to be lost.
bool locks_can_judge(const locks *locks, unsigned compartment);

/// Gives a command to its lock; `expire_ms` is monotonic.
void locks_unlock(locks *locks, unsigned compartment, int64_t sequence, uint64_t expire_ms, uint64_t now_ms);

/// Lets time pass.
void locks_advance(locks *locks, uint64_t now_ms);
uint64_t locks_wake_up_ms(const locks *locks);

#endif
