#include "backoff.h"

uint32_t backoff_ceiling_ms(uint32_t attempt) {
  uint32_t ceiling_ms = BACKOFF_FIRST_MS;
  for (uint32_t i = 0; i < attempt && ceiling_ms < BACKOFF_MAXIMUM_MS; i++) ceiling_ms *= 2;
  return ceiling_ms < BACKOFF_MAXIMUM_MS ? ceiling_ms : BACKOFF_MAXIMUM_MS;
}

uint32_t backoff_delay_ms(uint32_t attempt, uint32_t random) {
  const uint64_t choices = (uint64_t)backoff_ceiling_ms(attempt) + 1;
  return (uint32_t)((choices * random) >> 32);
}
