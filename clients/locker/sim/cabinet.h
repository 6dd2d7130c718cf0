/// cabinet.h — the simulated doors, latches and keys behind the board. Pure: who opened what is told to a
/// listener.
#ifndef BOARD_CABINET_H
#define BOARD_CABINET_H

#include <stdbool.h>
#include <stdint.h>

enum { CABINET_DOORS_A_BOARD = 16, CABINET_MAXIMUM_BOARDS = 16, CABINET_MAXIMUM_DOORS = 256 };

typedef struct {
  bool open;
  bool key;  ///< a key lies inside
  bool jammed;  ///< the coil clicks, the latch does not move
  bool sticks;  ///< a released door does not spring open: somebody has to pull
  bool released;  ///< sticks, and the latch is free until the door was opened and closed
  bool blips;  ///< its sensors are wrong the next time they are read
  uint32_t pulses;
  uint32_t openings;
} door;

typedef enum { OPENED_BY_UNLOCK, OPENED_BY_FORCE } opening_cause;

/// Doors are counted from 1.
typedef struct {
  door doors[CABINET_MAXIMUM_DOORS];
  unsigned count;
  void *context;
  void (*opened)(void *context, unsigned number, opening_cause cause);
  bool changed;  ///< something to draw anew
} cabinet;

/// The door with this number, or NULL when there is none.
door *cabinet_door(cabinet *cabinet, unsigned number);

/// The coil is energised.
void cabinet_pulse(cabinet *cabinet, unsigned number);

/// Somebody pulls. True when the door is open afterwards; a latched one stays closed.
bool cabinet_pull(cabinet *cabinet, unsigned number);

/// Somebody uses a crowbar.
void cabinet_force(cabinet *cabinet, unsigned number);

void cabinet_close(cabinet *cabinet, unsigned number);
void cabinet_put_key(cabinet *cabinet, unsigned number, bool inside);

/// Reads the sensors of one board, counted from 0; bit 0 is its first door. Ends blips.
void cabinet_sense(cabinet *cabinet, unsigned board, uint16_t *closed, uint16_t *keys);

#endif
