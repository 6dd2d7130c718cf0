#include "backoff.h"

#include "check.h"

int main(void) {
  CASE("L1 the ceiling doubles from 200 ms and stays at 30 s");
  const uint32_t ceilings[] = {200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000};
  for (uint32_t i = 0; i < 10; i++) CHECK(backoff_ceiling_ms(i) == ceilings[i]);
  CHECK(backoff_ceiling_ms(UINT32_MAX) == 30000);

  CASE("L1 jitter is full: from 0 to the ceiling, both reached, never more");
  for (uint32_t attempt = 0; attempt < 12; attempt++) {
    CHECK(backoff_delay_ms(attempt, 0) == 0);
    CHECK(backoff_delay_ms(attempt, UINT32_MAX) == backoff_ceiling_ms(attempt));
    CHECK(backoff_delay_ms(attempt, UINT32_MAX / 2) == backoff_ceiling_ms(attempt) / 2);
  }

  CASE("L1 delays are spread evenly over random numbers");
  int lower = 0;
  for (uint32_t i = 0; i < 1000; i++) lower += backoff_delay_ms(8, i * (UINT32_MAX / 1000)) < 15000;
  CHECK(lower >= 490 && lower <= 510);
  return check_report();
}
