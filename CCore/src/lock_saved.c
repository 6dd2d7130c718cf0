#include <ccore/lock.h>
#include <string.h>

/// The saved layout, little endian:
///
///     0   magic "LKL1"; a changed layout gets another digit
///     4   state, item, pulses, flags: one byte each
///     8   now, command_id, expire, pulse_start, cool_until, opened, door_pending, item_pending: 8 each
///     72  the first 8 bytes of BLAKE2b-256 over everything before
static const uint8_t magic[4] = {'L', 'K', 'L', '1'};

enum { CHECKSUM_AT = 72, CHECKSUM_BYTES = LK_LOCK_SAVED_BYTES - CHECKSUM_AT };

enum {
  FLAG_HAS_PULSED = 1,
  FLAG_DOOR_PENDING = 2,
  FLAG_DOOR_PENDING_OPEN = 4,
  FLAG_ITEM_PENDING = 8,
  FLAG_ITEM_PENDING_PRESENT = 16,
  FLAGS_KNOWN = 31
};

static uint8_t *put_number(uint8_t *end, uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) *end++ = (uint8_t)(number >> shift);
  return end;
}

static uint64_t take_number(const uint8_t **next) {
  uint64_t number = 0;
  for (int shift = 0; shift < 64; shift += 8) number |= (uint64_t)*(*next)++ << shift;
  return number;
}

static int flags_of(const lk_lock *lock) {
  return (lock->has_pulsed ? FLAG_HAS_PULSED : 0) | (lock->door_pending ? FLAG_DOOR_PENDING : 0) |
         (lock->door_pending_open ? FLAG_DOOR_PENDING_OPEN : 0) |
         (lock->item_pending ? FLAG_ITEM_PENDING : 0) |
         (lock->item_pending_present ? FLAG_ITEM_PENDING_PRESENT : 0);
}

void lk_lock_save(const lk_lock *lock, uint8_t saved[LK_LOCK_SAVED_BYTES]) {
  memcpy(saved, magic, sizeof magic);
  uint8_t *end = saved + sizeof magic;
  *end++ = (uint8_t)lock->state;
  *end++ = (uint8_t)lock->item;
  *end++ = lock->pulses;
  *end++ = (uint8_t)flags_of(lock);
  end = put_number(end, lock->now_ms);
  end = put_number(end, lock->command_id);
  end = put_number(end, lock->expire_ms);
  end = put_number(end, lock->pulse_start_ms);
  end = put_number(end, lock->cool_until_ms);
  end = put_number(end, lock->opened_ms);
  end = put_number(end, lock->door_pending_ms);
  end = put_number(end, lock->item_pending_ms);
  uint8_t digest[LK_DIGEST_BYTES];
  lk_digest(digest, saved, CHECKSUM_AT, NULL);
  memcpy(end, digest, CHECKSUM_BYTES);
}

/// What a state means for the other fields.
typedef struct {
  bool has_command;
  uint8_t pulses_minimum, pulses_maximum;
  bool is_open;
} state_meaning;

static const state_meaning meanings[LK_LOCK_STATES] = {
    [LK_LOCK_UNREAD] = {false, 0, 0, false},    [LK_LOCK_CLOSED] = {false, 0, 0, false},
    [LK_LOCK_COOLING] = {true, 0, 1, false},    [LK_LOCK_PULSING] = {true, 1, 2, false},
    [LK_LOCK_WAITING] = {true, 1, 2, false},    [LK_LOCK_OPEN] = {true, 1, 2, true},
    [LK_LOCK_LEFT_OPEN] = {true, 1, 2, true},   [LK_LOCK_FORCED] = {false, 0, 0, true},
};

static bool command_is_possible(const lk_lock *lock, const state_meaning *meaning) {
  if ((lock->command_id != 0) != meaning->has_command) return false;
  if ((lock->expire_ms != 0) != meaning->has_command) return false;
  if (lock->pulses < meaning->pulses_minimum || lock->pulses > meaning->pulses_maximum) return false;
  if (!lock->has_pulsed) return lock->pulses == 0 && lock->pulse_start_ms == 0 && lock->cool_until_ms == 0;
  return lock->pulse_start_ms <= lock->now_ms && lock->cool_until_ms > lock->pulse_start_ms;
}

static bool door_is_possible(const lk_lock *lock, const state_meaning *meaning) {
  if (meaning->is_open ? lock->opened_ms > lock->now_ms : lock->opened_ms != 0) return false;
  if (!lock->door_pending) return !lock->door_pending_open && lock->door_pending_ms == 0;
  if (lock->state != LK_LOCK_UNREAD && lock->door_pending_open == meaning->is_open) return false;
  return lock->door_pending_ms <= lock->now_ms;
}

static bool item_is_possible(const lk_lock *lock) {
  if (!lock->item_pending) return !lock->item_pending_present && lock->item_pending_ms == 0;
  if (lock->item == (lock->item_pending_present ? LK_ITEM_PRESENT : LK_ITEM_ABSENT)) return false;
  return lock->item_pending_ms <= lock->now_ms;
}

/// True when no field contradicts another: what lock.c asserts about them holds.
static bool is_possible(const lk_lock *lock) {
  const state_meaning *meaning = &meanings[lock->state];
  return lock->now_ms < UINT64_MAX && command_is_possible(lock, meaning) && door_is_possible(lock, meaning) &&
         item_is_possible(lock);
}

int lk_lock_load(lk_lock *lock, const uint8_t *saved, size_t length) {
  if (length != LK_LOCK_SAVED_BYTES || memcmp(saved, magic, sizeof magic) != 0) return -1;
  uint8_t digest[LK_DIGEST_BYTES];
  lk_digest(digest, saved, CHECKSUM_AT, NULL);
  if (memcmp(digest, saved + CHECKSUM_AT, CHECKSUM_BYTES) != 0) return -1;

  const uint8_t *next = saved + sizeof magic;
  const uint8_t state = *next++, item = *next++, pulses = *next++, flags = *next++;
  if (state >= LK_LOCK_STATES || item > LK_ITEM_PRESENT || (flags & ~FLAGS_KNOWN) != 0) return -1;
  lk_lock loaded = {
      .state = (lk_lock_state)state,
      .item = (lk_item)item,
      .pulses = pulses,
      .has_pulsed = (flags & FLAG_HAS_PULSED) != 0,
      .door_pending = (flags & FLAG_DOOR_PENDING) != 0,
      .door_pending_open = (flags & FLAG_DOOR_PENDING_OPEN) != 0,
      .item_pending = (flags & FLAG_ITEM_PENDING) != 0,
      .item_pending_present = (flags & FLAG_ITEM_PENDING_PRESENT) != 0,
  };
  loaded.now_ms = take_number(&next);
  loaded.command_id = take_number(&next);
  loaded.expire_ms = take_number(&next);
  loaded.pulse_start_ms = take_number(&next);
  loaded.cool_until_ms = take_number(&next);
  loaded.opened_ms = take_number(&next);
  loaded.door_pending_ms = take_number(&next);
  loaded.item_pending_ms = take_number(&next);
  if (!is_possible(&loaded)) return -1;
  *lock = loaded;
  return 0;
}
