#include <ccore/pin.h>
#include <sodium.h>
#include <string.h>

enum {
  KEYSTREAM_BYTES = 1024,   ///< enough that less than one seed in 2^1000 yields no PIN
  UNBIASED_BELOW = 250,     ///< the largest multiple of ten that a byte can reach
  FIRST_YEAR = 1900,
  LAST_YEAR = 2099,
  YEAR_DIGITS = 4
};

_Static_assert(LK_PIN_SEED_BYTES == crypto_stream_chacha20_ietf_KEYBYTES, "the seed is a ChaCha20 key");
_Static_assert(LK_PIN_LOCATION_MAXIMUM_BYTES <= UINT8_MAX, "a length is digested as one byte");

static bool length_is_valid(size_t length) {
  return length >= LK_PIN_MINIMUM_DIGITS && length <= LK_PIN_MAXIMUM_DIGITS;
}

static bool is_well_formed(const char *digits, size_t length) {
  if (!length_is_valid(length)) return false;
  for (size_t i = 0; i < length; i++) {
    if (digits[i] < '0' || digits[i] > '9') return false;
  }
  return true;
}

/// True when each digit follows from the one before it by adding `step` modulo 10.
static bool climbs_by(int step, const char *digits, size_t length) {
  for (size_t i = 1; i < length; i++) {
    if ((digits[i - 1] - '0' + step) % 10 != digits[i] - '0') return false;
  }
  return true;
}

static bool repeats_block(size_t block, const char *digits, size_t length) {
  return length % block == 0 && memcmp(digits, digits + block, length - block) == 0;
}

static bool is_year(const char *digits, size_t length) {
  if (length != YEAR_DIGITS) return false;
  int year = 0;
  for (size_t i = 0; i < length; i++) year = year * 10 + (digits[i] - '0');
  return year >= FIRST_YEAR && year <= LAST_YEAR;
}

bool lk_pin_is_trivial(const char *digits, size_t length) {
  if (!is_well_formed(digits, length)) return true;
  if (climbs_by(0, digits, length)) return true;
  if (climbs_by(1, digits, length) || climbs_by(9, digits, length)) return true;
  for (size_t block = 2; block <= length / 2; block++) {
    if (repeats_block(block, digits, length)) return true;
  }
  return is_year(digits, length);
}

int lk_pin_draw(char *digits, size_t length, const uint8_t seed[LK_PIN_SEED_BYTES]) {
  if (!length_is_valid(length)) return -1;
  static const uint8_t nonce[crypto_stream_chacha20_ietf_NONCEBYTES] = {0};
  uint8_t keystream[KEYSTREAM_BYTES];
  (void)crypto_stream_chacha20_ietf(keystream, sizeof keystream, nonce, seed);
  int result = -1;
  size_t drawn = 0;
  for (size_t next = 0; next < sizeof keystream && result != 0; next++) {
    if (keystream[next] >= UNBIASED_BELOW) continue;
    digits[drawn++] = (char)('0' + keystream[next] % 10);
    if (drawn < length) continue;
    if (!lk_pin_is_trivial(digits, length)) result = 0;
    drawn = 0;
  }
  digits[length] = '\0';
  if (result != 0) lk_wipe(digits, length);
  lk_wipe(keystream, sizeof keystream);
  return result;
}

int lk_pin_digest(uint8_t digest[LK_DIGEST_BYTES], const uint8_t key[LK_KEY_BYTES], const uint8_t *location,
                  size_t location_length, const char *digits, size_t length) {
  if (location_length == 0 || location_length > LK_PIN_LOCATION_MAXIMUM_BYTES) return -1;
  if (!is_well_formed(digits, length)) return -1;
  uint8_t message[1 + LK_PIN_LOCATION_MAXIMUM_BYTES + 1 + LK_PIN_MAXIMUM_DIGITS];
  uint8_t *end = message;
  *end++ = (uint8_t)location_length;
  memcpy(end, location, location_length);
  end += location_length;
  *end++ = (uint8_t)length;
  memcpy(end, digits, length);
  end += length;
  lk_digest(digest, message, (size_t)(end - message), key);
  lk_wipe(message, sizeof message);
  return 0;
}

bool lk_pin_matches(const uint8_t digest[LK_DIGEST_BYTES], const uint8_t key[LK_KEY_BYTES],
                    const uint8_t *location, size_t location_length, const char *digits, size_t length) {
  uint8_t computed[LK_DIGEST_BYTES];
  if (lk_pin_digest(computed, key, location, location_length, digits, length) != 0) return false;
  const bool matches = lk_equal(computed, digest, sizeof computed);
  lk_wipe(computed, sizeof computed);
  return matches;
}
