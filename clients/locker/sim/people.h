/// people.h — simulated customers: after an unlocked door opened they do something with the key and close it.
#ifndef BOARD_PEOPLE_H
#define BOARD_PEOPLE_H

#include "cabinet.h"

typedef enum { PEOPLE_AWAY = 0, PEOPLE_PUT, PEOPLE_TAKE, PEOPLE_SWAP } people_habit;

typedef struct {
  people_habit habit;
  uint64_t pace_ms;  ///< from opening to the key, and from the key to closing
  uint64_t key_ms[CABINET_MAXIMUM_DOORS];  ///< when the key is moved; UINT64_MAX: never
  uint64_t close_ms[CABINET_MAXIMUM_DOORS];
} people;

void people_init(people *people);

/// From now on.
void people_set(people *people, people_habit habit, uint64_t pace_ms);

/// A door opened.
void people_see(people *people, unsigned number, opening_cause cause, uint64_t now_ms);

void people_advance(people *people, cabinet *cabinet, uint64_t now_ms);
uint64_t people_wake_up_ms(const people *people);

#endif
