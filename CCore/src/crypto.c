#include <ccore/crypto.h>
#include <sodium.h>
#include <string.h>

enum {
  NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
  TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
  PASSWORD_PASSES = 2,
  PASSWORD_MEMORY_BYTES = 19 * 1024 * 1024
};

_Static_assert(LK_SEAL_OVERHEAD_BYTES == NONCE_BYTES + TAG_BYTES, "sealing adds nonce and tag");
_Static_assert(LK_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one key size for sealing");
_Static_assert(LK_KEY_BYTES == crypto_generichash_KEYBYTES, "one key size for digests");
_Static_assert(LK_DIGEST_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");
_Static_assert(LK_PASSWORD_HASH_BYTES == crypto_pwhash_argon2id_STRBYTES, "an Argon2id string");

int lk_crypto_start(void) { return sodium_init() < 0 ? -1 : 0; }

void lk_random(uint8_t *bytes, size_t length) { randombytes_buf(bytes, length); }

void lk_wipe(void *memory, size_t length) { sodium_memzero(memory, length); }

bool lk_equal(const uint8_t *left, const uint8_t *right, size_t length) {
  return sodium_memcmp(left, right, length) == 0;
}

void lk_digest(uint8_t digest[LK_DIGEST_BYTES], const uint8_t *message, size_t length, const uint8_t *key) {
  (void)crypto_generichash(digest, LK_DIGEST_BYTES, message, length, key, key == NULL ? 0 : LK_KEY_BYTES);
}

static bool password_length_is_valid(size_t length) {
  return length > 0 && length <= LK_PASSWORD_MAXIMUM_BYTES;
}

int lk_password_hash(char hash[LK_PASSWORD_HASH_BYTES], const char *password, size_t length) {
  if (!password_length_is_valid(length)) return -1;
  return crypto_pwhash_argon2id_str(hash, password, length, PASSWORD_PASSES, PASSWORD_MEMORY_BYTES);
}

bool lk_password_matches(const char *hash, const char *password, size_t length) {
  if (!password_length_is_valid(length)) return false;
  if (memchr(hash, 0, LK_PASSWORD_HASH_BYTES) == NULL) return false;
  return crypto_pwhash_argon2id_str_verify(hash, password, length) == 0;
}

bool lk_password_is_outdated(const char *hash) {
  return crypto_pwhash_argon2id_str_needs_rehash(hash, PASSWORD_PASSES, PASSWORD_MEMORY_BYTES) != 0;
}

void lk_seal(uint8_t *sealed, const uint8_t *message, size_t length, const uint8_t *context,
             size_t context_length, const uint8_t key[LK_KEY_BYTES]) {
  uint8_t *nonce = sealed;
  randombytes_buf(nonce, NONCE_BYTES);
  (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_BYTES, NULL, message, length, context,
                                                   context_length, NULL, nonce, key);
}

int lk_unseal(uint8_t *message, const uint8_t *sealed, size_t sealed_length, const uint8_t *context,
              size_t context_length, const uint8_t key[LK_KEY_BYTES]) {
  if (sealed_length < LK_SEAL_OVERHEAD_BYTES) return -1;
  const uint8_t *nonce = sealed;
  return crypto_aead_xchacha20poly1305_ietf_decrypt(message, NULL, NULL, sealed + NONCE_BYTES,
                                                    sealed_length - NONCE_BYTES, context, context_length,
                                                    nonce, key);
}
