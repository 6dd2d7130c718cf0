/// pin.h — PINs: drawn without bias, never trivial, kept only as a keyed digest (S1).
///
/// All functions are pure (time, entropy and keys come in as arguments), allocate nothing and are
/// thread-safe. Digits are ASCII '0'–'9'. Working copies of secrets are wiped before returning.
#ifndef CCORE_PIN_H
#define CCORE_PIN_H

#include <ccore/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  LK_PIN_MINIMUM_DIGITS = 4,
  LK_PIN_MAXIMUM_DIGITS = 10,
  LK_PIN_DEFAULT_DIGITS = 6,
  LK_PIN_SEED_BYTES = 32,
  LK_PIN_LOCATION_MAXIMUM_BYTES = 64
};

/// Draws `length` digits into `digits`, followed by a terminating zero (room: `length + 1`).
///
/// The seed is expanded with ChaCha20 and bytes of 250 and above are thrown away, so that every
/// digit is equally likely; a trivial PIN is thrown away whole and drawn again. The same seed gives
/// the same PIN: production passes 32 bytes of `lk_random` and wipes them afterwards.
/// Returns 0, or -1 when `length` is out of range (or, for fewer than one seed in 2^1000, when its
/// keystream holds no PIN that may be used; `digits` is then wiped).
LK_MUST_USE int lk_pin_draw(char *digits, size_t length, const uint8_t seed[LK_PIN_SEED_BYTES]);

/// True when the PIN is one that people try first. `length` digits, no terminating zero needed.
/// Trivial are exactly:
///   - all digits equal                                  0000, 777777
///   - each digit one above the one before it, mod 10    1234, 7890, 890123
///   - each digit one below the one before it, mod 10    4321, 210987
///   - a shorter block repeated to fill the whole        1212, 123123, 12341234
///   - four digits that read as a year 1900–2099         1987, 2024
/// What is no PIN at all (length out of range, a character that is not a digit) counts as trivial too.
LK_MUST_USE bool lk_pin_is_trivial(const char *digits, size_t length);

/// Digest of a PIN: BLAKE2b-256 keyed with `key`, over
/// `location_length` (one byte) ‖ `location` ‖ `length` (one byte) ‖ `digits`.
/// The same PIN at two locations has two unlike digests. `location` is any stable name of it,
/// 1 to LK_PIN_LOCATION_MAXIMUM_BYTES long.
/// Returns 0, or -1 when a length is out of range or a character is not a digit.
LK_MUST_USE int lk_pin_digest(uint8_t digest[LK_DIGEST_BYTES], const uint8_t key[LK_KEY_BYTES],
                              const uint8_t *location, size_t location_length, const char *digits,
                              size_t length);

/// True when `digest` is that of the PIN; the compare takes constant time. False for malformed PINs.
LK_MUST_USE bool lk_pin_matches(const uint8_t digest[LK_DIGEST_BYTES], const uint8_t key[LK_KEY_BYTES],
                                const uint8_t *location, size_t location_length, const char *digits,
                                size_t length);

#ifdef __cplusplus
}
#endif
#endif
