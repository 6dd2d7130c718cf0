#include "clock.h"

#include <assert.h>
#include <time.h>

uint64_t clock_monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t clock_earlier(uint64_t one_ms, uint64_t other_ms) { return one_ms < other_ms ? one_ms : other_ms; }

void server_clock_answer(server_clock *clock, int64_t server_ms, uint64_t sent_ms, uint64_t received_ms) {
  const int64_t low_ms = server_ms - (int64_t)received_ms;
  const int64_t high_ms = server_ms - (int64_t)sent_ms;
  if (!clock->known || low_ms > clock->high_ms || high_ms < clock->low_ms) {
    *clock = (server_clock){.known = true, .low_ms = low_ms, .high_ms = high_ms};
    return;
  }
  if (low_ms > clock->low_ms) clock->low_ms = low_ms;
  if (high_ms < clock->high_ms) clock->high_ms = high_ms;
}

void server_clock_message(server_clock *clock, int64_t server_ms, uint64_t received_ms) {
  const int64_t low_ms = server_ms - (int64_t)received_ms;
  if (!clock->known || low_ms > clock->high_ms) {
    *clock = (server_clock){.known = true, .low_ms = low_ms, .high_ms = low_ms};
  } else if (low_ms > clock->low_ms) {
    clock->low_ms = low_ms;
  }
}

int64_t server_clock_time(const server_clock *clock, uint64_t monotonic_ms, int64_t wall_ms,
                          uint64_t wall_monotonic_ms) {
  if (!clock->known) return wall_ms + ((int64_t)monotonic_ms - (int64_t)wall_monotonic_ms);
  return (int64_t)monotonic_ms + clock->low_ms + (clock->high_ms - clock->low_ms) / 2;
}

uint64_t server_clock_reaches(const server_clock *clock, int64_t server_ms) {
  assert(clock->known);
  int64_t moment_ms;
  if (__builtin_sub_overflow(server_ms, clock->high_ms, &moment_ms)) return 0;
  return moment_ms < 0 ? 0 : (uint64_t)moment_ms;
}
