#include "cabinet.h"

#include <stddef.h>

door *cabinet_door(cabinet *cabinet, unsigned number) {
  return number >= 1 && number <= cabinet->count ? &cabinet->doors[number - 1] : NULL;
}

static void open_door(cabinet *cabinet, unsigned number, opening_cause cause) {
  door *door = cabinet_door(cabinet, number);
  if (door->open) return;
  door->open = true;
  door->openings++;
  cabinet->changed = true;
  cabinet->opened(cabinet->context, number, cause);
}

void cabinet_pulse(cabinet *cabinet, unsigned number) {
  door *door = cabinet_door(cabinet, number);
  if (door == NULL) return;
  door->pulses++;
  if (door->jammed) return;
  if (door->sticks && !door->open) {
    door->released = true;
    cabinet->changed = true;
  } else {
    open_door(cabinet, number, OPENED_BY_UNLOCK);
  }
}

bool cabinet_pull(cabinet *cabinet, unsigned number) {
  door *door = cabinet_door(cabinet, number);
  if (door == NULL) return false;
  if (door->released) open_door(cabinet, number, OPENED_BY_UNLOCK);
  return door->open;
}

void cabinet_force(cabinet *cabinet, unsigned number) {
  if (cabinet_door(cabinet, number) != NULL) open_door(cabinet, number, OPENED_BY_FORCE);
}

void cabinet_close(cabinet *cabinet, unsigned number) {
  door *door = cabinet_door(cabinet, number);
  if (door == NULL) return;
  door->open = false;
  door->released = false;
  cabinet->changed = true;
}

void cabinet_put_key(cabinet *cabinet, unsigned number, bool inside) {
  door *door = cabinet_door(cabinet, number);
  if (door == NULL) return;
  door->key = inside;
  cabinet->changed = true;
}

void cabinet_sense(cabinet *cabinet, unsigned board, uint16_t *closed, uint16_t *keys) {
  *closed = *keys = 0;
  for (unsigned i = 0; i < CABINET_DOORS_A_BOARD; i++) {
    door *door = &cabinet->doors[board * CABINET_DOORS_A_BOARD + i];
    const unsigned bit = 1u << i;
    if (door->open == door->blips) *closed = (uint16_t)(*closed | bit);
    if (door->key != door->blips) *keys = (uint16_t)(*keys | bit);
    door->blips = false;
  }
}
