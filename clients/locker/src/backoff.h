/// backoff.h — how long to wait before connecting again: exponential with full jitter (L1).
#ifndef LOCKER_BACKOFF_H
#define LOCKER_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 200, BACKOFF_MAXIMUM_MS = 30000 };

/// The longest wait before try `attempt` (0 is the first repeat): 200 ms, doubled each time, up to 30 s.
/// Pure.
uint32_t backoff_ceiling_ms(uint32_t attempt);

/// A wait from 0 to the ceiling, all equally likely over `random`, which is 32 random bits. Pure.
uint32_t backoff_delay_ms(uint32_t attempt, uint32_t random);

#endif
