#include "clock.h"

#include <time.h>

#include "check.h"

static clockid_t asked;

/// In the place of the C library's.
int clock_gettime(clockid_t id, struct timespec *now) {
  asked = id;
  *now = (struct timespec){.tv_sec = 12, .tv_nsec = 345999999};
  return 0;
}

int main(void) {
  CASE("L3 the monotonic clock goes on while the machine sleeps");
  CHECK_NUMBER(clock_monotonic_ms(), 12345);
  CHECK_NUMBER(asked, CLOCK_BOOTTIME);

  CASE("before any answer the machine's own clock counts");
  server_clock clock = {0};
  CHECK(server_clock_time(&clock, 1500, 100000, 1000) == 100500);

  CASE("an answer bounds the offset from both sides");
  server_clock_answer(&clock, 50000, 1000, 1100);  // offset 48900 to 49000
  CHECK(clock.known && clock.low_ms == 48900 && clock.high_ms == 49000);
  CHECK(server_clock_time(&clock, 2000, 0, 0) == 2000 + 48950);

  CASE("L3 an expiry is judged rather too early than too late");
  CHECK(server_clock_reaches(&clock, 60000) == 11000);
  CHECK(server_clock_reaches(&clock, 1) == 0);
  CHECK(server_clock_reaches(&clock, INT64_MIN) == 0);

  CASE("a quicker answer narrows the bounds, a slower one changes nothing");
  server_clock_answer(&clock, 60000, 11020, 11040);  // 48960 to 48980
  CHECK(clock.low_ms == 48960 && clock.high_ms == 48980);
  server_clock_answer(&clock, 61000, 11000, 13000);
  CHECK(clock.low_ms == 48960 && clock.high_ms == 48980);

  CASE("an answer that contradicts the earlier ones replaces them: a clock was set");
  server_clock_answer(&clock, 10000, 14000, 14010);
  CHECK(clock.low_ms == -4010 && clock.high_ms == -4000);

  CASE("a message that nobody asked for raises the lower bound only");
  server_clock_message(&clock, 10000, 14005);
  CHECK(clock.low_ms == -4005 && clock.high_ms == -4000);
  server_clock_message(&clock, 20000, 14005);
  CHECK(clock.low_ms == 5995 && clock.high_ms == 5995);
  return check_report();
}
