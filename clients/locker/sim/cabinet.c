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

static uint16_t bits(const cabinet *cabinet, unsigned board, bool (*is_set)(const door *)) {
  unsigned value = 0;
  for (unsigned i = 0; i < CABINET_DOORS_A_BOARD; i++) {
    if (is_set(&cabinet->doors[board * CABINET_DOORS_A_BOARD + i])) value |= 1u << i;
  }
  return (uint16_t)value;
}

static bool is_closed(const door *door) { return !door->open; }
static bool has_key(const door *door) { return door->key; }

uint16_t cabinet_closed_bits(const cabinet *cabinet, unsigned board) {
  return bits(cabinet, board, is_closed);
}
uint16_t cabinet_key_bits(const cabinet *cabinet, unsigned board) { return bits(cabinet, board, has_key); }
