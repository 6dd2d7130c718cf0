/// crypto.h — the few primitives of libsodium that the rest of Latchkey uses: random bytes, keyed
/// digests, passwords and sealed secrets. Every function is thread-safe once `lk_crypto_start` has
/// returned 0. Nothing here allocates, except Argon2id, which borrows its working memory and returns it.
#ifndef CCORE_CRYPTO_H
#define CCORE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LK_MUST_USE __attribute__((warn_unused_result))

enum {
  LK_DIGEST_BYTES = 32,             ///< BLAKE2b-256
  LK_KEY_BYTES = 32,                ///< every symmetric key
  LK_SEAL_OVERHEAD_BYTES = 24 + 16, ///< nonce and tag that sealing adds
  LK_PASSWORD_HASH_BYTES = 128,     ///< an Argon2id string with its terminating zero
  LK_PASSWORD_MAXIMUM_BYTES = 1024  ///< a longer password is refused, never truncated
};

/// Starts libsodium. Call once before anything else; repeating is harmless.
/// Returns 0, or -1 when no secure source of randomness could be opened.
LK_MUST_USE int lk_crypto_start(void);

/// Fills `bytes` from the operating system's CSPRNG. Cannot fail after `lk_crypto_start`.
void lk_random(uint8_t *bytes, size_t length);

/// Overwrites memory in a way that the compiler does not remove.
void lk_wipe(void *memory, size_t length);

/// Compares in time that depends on `length` only.
LK_MUST_USE bool lk_equal(const uint8_t *left, const uint8_t *right, size_t length);

/// BLAKE2b-256 of `message`, keyed when `key` is not NULL (LK_KEY_BYTES long). Pure.
void lk_digest(uint8_t digest[LK_DIGEST_BYTES], const uint8_t *message, size_t length, const uint8_t *key);

/// Hashes a password with Argon2id (OWASP profile: 19 MiB, 2 passes) into a zero-terminated string.
/// Returns 0, or -1 when the password is empty or too long, or memory is short.
LK_MUST_USE int lk_password_hash(char hash[LK_PASSWORD_HASH_BYTES], const char *password, size_t length);

/// True when `password` is the one hashed in the zero-terminated string `hash`. False for an empty or too
/// long password, and for a string that `lk_password_hash` did not make.
LK_MUST_USE bool lk_password_matches(const char *hash, const char *password, size_t length);

/// True when the zero-terminated string `hash` was made with other costs than `lk_password_hash` uses now, or is
/// none of its strings: the password is to be hashed anew when it is known next. Pure.
LK_MUST_USE bool lk_password_is_outdated(const char *hash);

/// Seals `message` (XChaCha20-Poly1305, random nonce in front) bound to `context`, e.g. table and row.
/// `sealed` holds `length + LK_SEAL_OVERHEAD_BYTES` and does not overlap `message`.
void lk_seal(uint8_t *sealed, const uint8_t *message, size_t length, const uint8_t *context,
             size_t context_length, const uint8_t key[LK_KEY_BYTES]);

/// Opens what `lk_seal` made. `message` holds `sealed_length - LK_SEAL_OVERHEAD_BYTES` and does not overlap
/// `sealed`. Returns 0, or -1 when the sealed text is short, altered, or bound to another context or key;
/// `message` is then all zero.
LK_MUST_USE int lk_unseal(uint8_t *message, const uint8_t *sealed, size_t sealed_length,
                          const uint8_t *context, size_t context_length, const uint8_t key[LK_KEY_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
