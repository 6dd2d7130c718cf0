/// token.h — PASETO v4.public tokens and PASERK key ids (H2).
///
/// Follows the published PASETO version 4 and PASERK specifications: a token is
/// `v4.public.` base64url(message ‖ Ed25519 signature) [`.` base64url(footer)], the signature covers
/// PAE(header, message, footer, implicit assertion). Base64url is strict: no padding, no characters
/// outside the alphabet, unused trailing bits zero. Message, footer and assertion may be empty; an empty
/// footer is left out together with its dot.
///
/// All functions are pure, allocate nothing (they work in at most 8 KiB of stack) and are thread-safe.
#ifndef CCORE_TOKEN_H
#define CCORE_TOKEN_H

#include <ccore/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  LK_PUBLIC_KEY_BYTES = 32,
  LK_SECRET_KEY_BYTES = 64,  ///< Ed25519 seed ‖ public key, as libsodium keeps it
  LK_KEY_SEED_BYTES = 32,
  LK_SIGNATURE_BYTES = 64,
  LK_TOKEN_MAXIMUM_MESSAGE = 2048,
  LK_TOKEN_MAXIMUM_FOOTER = 512,
  LK_TOKEN_MAXIMUM_ASSERTION = 1024,
  LK_TOKEN_MAXIMUM_BYTES = 10 + 2816 + 1 + 683,  ///< longest token, without terminating zero
  LK_KEY_ID_BYTES = 52  ///< "k4.pid." and 44 characters, and a terminating zero
};

/// Why a token was not made or not accepted. 0 is success.
typedef enum {
  LK_TOKEN_OK = 0,
  LK_TOKEN_TOO_LARGE = -1,    ///< an argument is over its limit, or does not fit the caller's buffer
  LK_TOKEN_MALFORMED = -2,    ///< not a v4.public token, or not canonical base64url
  LK_TOKEN_WRONG_FOOTER = -3, ///< the footer is not the expected one
  LK_TOKEN_FORGED = -4        ///< the signature does not hold for this key, footer and assertion
} lk_token_result;

/// Bytes with their length; `bytes` may be NULL when `length` is 0. Borrowed, never freed.
typedef struct {
  const uint8_t *bytes;
  size_t length;
} lk_bytes;

/// Derives an Ed25519 key pair from a seed. The same seed gives the same pair.
void lk_key_pair(uint8_t public_key[LK_PUBLIC_KEY_BYTES], uint8_t secret_key[LK_SECRET_KEY_BYTES],
                 const uint8_t seed[LK_KEY_SEED_BYTES]);

/// Writes the PASERK id `k4.pid.…` of a public key, zero-terminated.
void lk_key_id(char id[LK_KEY_ID_BYTES], const uint8_t public_key[LK_PUBLIC_KEY_BYTES]);

/// Signs `message` and writes the token with a terminating zero. `*token_length` is the capacity of
/// `token` on entry (LK_TOKEN_MAXIMUM_BYTES + 1 always suffices), the token's length on success. The same
/// arguments give the same token. `secret_key` comes from `lk_key_pair`: never join halves of two keys.
LK_MUST_USE lk_token_result lk_token_sign(char *token, size_t *token_length, lk_bytes message,
                                          lk_bytes footer, lk_bytes assertion,
                                          const uint8_t secret_key[LK_SECRET_KEY_BYTES]);

/// Verifies a token and writes its message. `*message_length` is the capacity of `message` on entry
/// (LK_TOKEN_MAXIMUM_MESSAGE always suffices), the message's length on success; on any other result
/// nothing was written to `message`. The footer must be equal to `footer` (constant-time). Checked in
/// this order: sizes, form, footer, signature, the caller's capacity.
LK_MUST_USE lk_token_result lk_token_verify(uint8_t *message, size_t *message_length, lk_bytes token,
                                            lk_bytes footer, lk_bytes assertion,
                                            const uint8_t public_key[LK_PUBLIC_KEY_BYTES]);

/// Reads the footer of a token that is NOT verified yet, to choose the key to verify it with.
/// `*footer_length` is the capacity on entry (LK_TOKEN_MAXIMUM_FOOTER suffices), the length on success.
LK_MUST_USE lk_token_result lk_token_peek_footer(uint8_t *footer, size_t *footer_length, lk_bytes token);

#ifdef __cplusplus
}
#endif
#endif
