/// clock.h — the two clocks of the controller and the server's, seen from here.
///
/// Lock machines, deadlines and back-off run on the monotonic clock. Commands expire, and reports are
/// dated, by the server's clock, which is known through its answers only.
#ifndef LOCKER_CLOCK_H
#define LOCKER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/// A moment that never comes.
#define CLOCK_NEVER UINT64_MAX

/// Milliseconds since the machine started, those in which it slept included: commands expire while it sleeps.
/// Never runs backwards.
uint64_t clock_monotonic_ms(void);

/// Milliseconds since 1970 by this machine's own clock, which may be wrong.
int64_t clock_wall_ms(void);

/// The earlier of two moments.
uint64_t clock_earlier(uint64_t one_ms, uint64_t other_ms);

/// How far the server's clock (Unix milliseconds) is ahead of the monotonic one: somewhere from `low_ms`
/// to `high_ms`. Pure; all zero means that nothing is known yet.
typedef struct {
  bool known;
  int64_t low_ms;
  int64_t high_ms;
} server_clock;

/// Takes the server's time out of an answer that was asked for at `sent_ms` and came at `received_ms`.
/// Where it contradicts earlier answers (a clock was set), it alone counts from then on.
void server_clock_answer(server_clock *clock, int64_t server_ms, uint64_t sent_ms, uint64_t received_ms);

/// Takes the server's time out of a message that nobody asked for.
void server_clock_message(server_clock *clock, int64_t server_ms, uint64_t received_ms);

/// The server's time at `monotonic_ms`, as well as it is known; by this machine's own clock (`wall_ms`, read
/// at `wall_monotonic_ms`) before the server has answered once.
int64_t server_clock_time(const server_clock *clock, uint64_t monotonic_ms, int64_t wall_ms,
                          uint64_t wall_monotonic_ms);

/// The first monotonic moment at which the server's clock may read `server_ms`: rather too early than too
/// late. 0 when it is long past. Only where the clock is known.
uint64_t server_clock_reaches(const server_clock *clock, int64_t server_ms);

#endif
