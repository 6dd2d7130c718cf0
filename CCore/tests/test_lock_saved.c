/// Saved lock machines (L3): the layout is golden, damage and contradictions are refused.
/// Round trips at every step of a random walk: test_lock_walk.c.
#include <ccore/lock.h>

#include "check.h"
#include "lock_support.h"
#include "support.h"

static const lk_lock closed = {.state = LK_LOCK_CLOSED, .item = LK_ITEM_ABSENT, .now_ms = 1000};
static const lk_lock waiting = {.state = LK_LOCK_WAITING,
                                .item = LK_ITEM_PRESENT,
                                .now_ms = 0x0102030405060708,
                                .command_id = 0x1112131415161718,
                                .expire_ms = 0x2122232425262728,
                                .pulse_start_ms = 0x0102030405060000,
                                .cool_until_ms = 0x0102030405070000,
                                .pulses = 2,
                                .has_pulsed = true,
                                .door_pending = true,
                                .door_pending_open = true,
                                .item_pending = true,
                                .door_pending_ms = 0x0102030405060701,
                                .item_pending_ms = 0x0102030405060702};
static const lk_lock open = {.state = LK_LOCK_OPEN,
                             .now_ms = 5000,
                             .command_id = 7,
                             .expire_ms = 9000,
                             .pulse_start_ms = 3000,
                             .cool_until_ms = 5400,
                             .opened_ms = 3500,
                             .pulses = 1,
                             .has_pulsed = true};

static void layout_is_golden(void) {
  const lk_lock machines[] = {closed, waiting, open};
  FILE *file = golden_open("lock.txt");
  golden_line line;
  size_t count = 0;
  while (golden_next(file, &line) && count < 3) {
    uint8_t saved[LK_LOCK_SAVED_BYTES];
    char hex[2 * LK_LOCK_SAVED_BYTES + 1];
    lk_lock_save(&machines[count++], saved);
    hex_encode(hex, saved, sizeof saved);
    CHECK_TEXT(hex, line.fields[0]);
    lk_lock loaded;
    CHECK(lk_lock_load(&loaded, saved, sizeof saved) == 0);
  }
  fclose(file);
  CHECK_NUMBER(count, 3);
}

static void hot_start_is_kept(void) {
  const lk_lock_config config = lk_lock_config_default();
  uint8_t saved[LK_LOCK_SAVED_BYTES];
  lk_lock hot, loaded;
  lk_lock_init_hot(&hot, &config, 1000);
  lk_lock_save(&hot, saved);
  CHECK(lk_lock_load(&loaded, saved, sizeof saved) == 0);
  CHECK(loaded.state == LK_LOCK_UNREAD && loaded.cool_until_ms == 3400);
}

static void damage_is_refused(void) {
  uint8_t saved[LK_LOCK_SAVED_BYTES + 1] = {0};
  lk_lock loaded = closed;
  lk_lock_save(&waiting, saved);
  for (size_t bit = 0; bit < 8 * LK_LOCK_SAVED_BYTES; bit++) {
    saved[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK_THAT(lk_lock_load(&loaded, saved, LK_LOCK_SAVED_BYTES) == -1, "bit %zu", bit);
    saved[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  for (size_t length = 0; length <= sizeof saved; length++) {
    const bool fits = length == LK_LOCK_SAVED_BYTES;
    CHECK_THAT(lk_lock_load(&loaded, saved, length) == (fits ? 0 : -1), "%zu bytes", length);
    if (!fits) CHECK(length > LK_LOCK_SAVED_BYTES || loaded.state == LK_LOCK_CLOSED);
  }
  CHECK(loaded.state == LK_LOCK_WAITING);
}

/// The checksum is right, a byte is not: magic, state, item, pulses, flags.
static void foreign_values_are_refused(void) {
  static const struct {
    size_t at;
    uint8_t value;
  } cases[] = {{0, 'l'}, {3, '2'}, {4, LK_LOCK_STATES}, {4, 255}, {5, 3},
               {5, 255}, {6, 3},   {7, 32 + 15},        {7, 255}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint8_t saved[LK_LOCK_SAVED_BYTES], digest[LK_DIGEST_BYTES];
    lk_lock_save(&waiting, saved);
    saved[cases[i].at] = cases[i].value;
    lk_digest(digest, saved, 72, NULL);
    memcpy(saved + 72, digest, 8);
    lk_lock loaded = closed;
    CHECK_THAT(lk_lock_load(&loaded, saved, sizeof saved) == -1, "case %zu", i);
    CHECK(loaded.state == LK_LOCK_CLOSED);
  }
}

#define REFUSED_WITH(machine, change)                                                      \
  do {                                                                                     \
    lk_lock changed = (machine), loaded;                                                   \
    uint8_t saved[LK_LOCK_SAVED_BYTES];                                                    \
    lk_lock_save(&changed, saved);                                                         \
    CHECK(lk_lock_load(&loaded, saved, sizeof saved) == 0);                                \
    changed.change;                                                                        \
    lk_lock_save(&changed, saved);                                                         \
    CHECK_THAT(lk_lock_load(&loaded, saved, sizeof saved) == -1, #machine " with " #change); \
  } while (0)

static void contradictions_are_refused(void) {
  REFUSED_WITH(closed, command_id = 7);
  REFUSED_WITH(closed, expire_ms = 9000);
  REFUSED_WITH(closed, pulses = 1);
  REFUSED_WITH(closed, pulse_start_ms = 1);
  REFUSED_WITH(closed, cool_until_ms = 1);
  REFUSED_WITH(closed, has_pulsed = true);
  REFUSED_WITH(closed, opened_ms = 1);
  REFUSED_WITH(closed, state = LK_LOCK_COOLING);
  REFUSED_WITH(closed, state = LK_LOCK_OPEN);
  REFUSED_WITH(closed, now_ms = UINT64_MAX);
  REFUSED_WITH(closed, door_pending = true);
  REFUSED_WITH(closed, door_pending_open = true);
  REFUSED_WITH(closed, door_pending_ms = 1);
  REFUSED_WITH(closed, item_pending = true);
  REFUSED_WITH(closed, item_pending_present = true);
  REFUSED_WITH(closed, item_pending_ms = 1);
  REFUSED_WITH(waiting, command_id = 0);
  REFUSED_WITH(waiting, expire_ms = 0);
  REFUSED_WITH(waiting, pulses = 0);
  REFUSED_WITH(waiting, pulses = 3);
  REFUSED_WITH(waiting, has_pulsed = false);
  REFUSED_WITH(waiting, state = LK_LOCK_COOLING);
  REFUSED_WITH(waiting, state = LK_LOCK_CLOSED);
  REFUSED_WITH(waiting, pulse_start_ms = waiting.now_ms + 1);
  REFUSED_WITH(waiting, cool_until_ms = waiting.pulse_start_ms);
  REFUSED_WITH(waiting, door_pending_open = false);
  REFUSED_WITH(waiting, door_pending_ms = waiting.now_ms + 1);
  REFUSED_WITH(waiting, item_pending_present = true);
  REFUSED_WITH(waiting, item_pending_ms = waiting.now_ms + 1);
  REFUSED_WITH(open, opened_ms = 5001);
  REFUSED_WITH(open, state = LK_LOCK_FORCED);
  REFUSED_WITH(open, state = LK_LOCK_WAITING);
  REFUSED_WITH(open, state = LK_LOCK_UNREAD);
}

int main(void) {
  if (lk_crypto_start() != 0) return 2;
  RUN("L3 the saved layout is golden", layout_is_golden);
  RUN("L3 a lock of unknown past is saved like any other", hot_start_is_kept);
  RUN("L3 damaged and cut saves are refused and leave the machine alone", damage_is_refused);
  RUN("L3 foreign values are refused", foreign_values_are_refused);
  RUN("L3 contradictions are refused", contradictions_are_refused);
  return check_report();
}
