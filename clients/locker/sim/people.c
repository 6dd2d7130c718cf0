#include "people.h"

#include "clock.h"

void people_init(people *people) {
  people->habit = PEOPLE_AWAY;
  people->pace_ms = 0;
  for (unsigned i = 0; i < CABINET_MAXIMUM_DOORS; i++) people->key_ms[i] = people->close_ms[i] = CLOCK_NEVER;
}

void people_set(people *people, people_habit habit, uint64_t pace_ms) {
  people->habit = habit;
  people->pace_ms = pace_ms;
}

void people_see(people *people, unsigned number, opening_cause cause, uint64_t now_ms) {
  if (people->habit == PEOPLE_AWAY || cause != OPENED_BY_UNLOCK) return;
  people->key_ms[number - 1] = now_ms + people->pace_ms;
  people->close_ms[number - 1] = now_ms + 2 * people->pace_ms;
}

static void move_key(const people *people, cabinet *cabinet, unsigned number) {
  switch (people->habit) {
    case PEOPLE_AWAY: break;
    case PEOPLE_PUT: cabinet_put_key(cabinet, number, true); break;
    case PEOPLE_TAKE: cabinet_put_key(cabinet, number, false); break;
    case PEOPLE_SWAP: cabinet_put_key(cabinet, number, !cabinet_door(cabinet, number)->key); break;
  }
}

void people_advance(people *people, cabinet *cabinet, uint64_t now_ms) {
  for (unsigned number = 1; number <= cabinet->count; number++) {
    if (people->key_ms[number - 1] <= now_ms) {
      people->key_ms[number - 1] = CLOCK_NEVER;
      move_key(people, cabinet, number);
    }
    if (people->close_ms[number - 1] <= now_ms) {
      people->close_ms[number - 1] = CLOCK_NEVER;
      cabinet_close(cabinet, number);
    }
  }
}

uint64_t people_wake_up_ms(const people *people) {
  uint64_t next_ms = CLOCK_NEVER;
  for (unsigned i = 0; i < CABINET_MAXIMUM_DOORS; i++) {
    next_ms = clock_earlier(next_ms, clock_earlier(people->key_ms[i], people->close_ms[i]));
  }
  return next_ms;
}
