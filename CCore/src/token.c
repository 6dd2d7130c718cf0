#include <ccore/token.h>
#include <sodium.h>
#include <string.h>

static const char header[] = "v4.public.";

enum {
  BASE64_VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
  HEADER_BYTES = sizeof header - 1,
  SIGNED_MAXIMUM_BYTES = LK_TOKEN_MAXIMUM_MESSAGE + LK_SIGNATURE_BYTES,
  BODY_MAXIMUM_CHARACTERS = 2816,   ///< of the largest message with its signature
  FOOTER_MAXIMUM_CHARACTERS = 683,
  PIECES = 4,                       ///< header, message, footer, implicit assertion
  PAE_MAXIMUM_BYTES = 8 + PIECES * 8 + HEADER_BYTES + LK_TOKEN_MAXIMUM_MESSAGE + LK_TOKEN_MAXIMUM_FOOTER +
                      LK_TOKEN_MAXIMUM_ASSERTION
};

_Static_assert(LK_PUBLIC_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519 public key");
_Static_assert(LK_SECRET_KEY_BYTES == crypto_sign_SECRETKEYBYTES, "Ed25519 secret key");
_Static_assert(LK_KEY_SEED_BYTES == crypto_sign_SEEDBYTES, "Ed25519 seed");
_Static_assert(LK_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519 signature");
_Static_assert(LK_TOKEN_MAXIMUM_BYTES ==
                   HEADER_BYTES + BODY_MAXIMUM_CHARACTERS + 1 + FOOTER_MAXIMUM_CHARACTERS,
               "the longest token");

/// The parts of a token, decoded. Nothing in it is verified.
typedef struct {
  uint8_t body[SIGNED_MAXIMUM_BYTES];  ///< message ‖ signature
  size_t message_length;
  uint8_t footer[LK_TOKEN_MAXIMUM_FOOTER];
  size_t footer_length;
} parts;

/// Characters of unpadded base64url that `length` bytes take.
static size_t base64_length(size_t length) { return (length * 4 + 2) / 3; }

/// Strict: libsodium refuses padding, foreign ASCII characters and trailing bits that are not zero. It takes
/// a byte of 0x80 and above for 'A', so those are refused here.
static bool base64_decode(uint8_t *bytes, size_t capacity, size_t *length, const char *text,
                          size_t characters) {
  for (size_t i = 0; i < characters; i++) {
    if ((unsigned char)text[i] >= 0x80) return false;
  }
  return sodium_base642bin(bytes, capacity, text, characters, NULL, length, NULL, BASE64_VARIANT) == 0;
}

/// Appends `length` bytes, preceded by their number as 64-bit little endian. Returns the new end.
static uint8_t *append_piece(uint8_t *end, const void *bytes, size_t length) {
  for (int shift = 0; shift < 64; shift += 8) *end++ = (uint8_t)((uint64_t)length >> shift);
  if (length > 0) memcpy(end, bytes, length);
  return end + length;
}

/// Pre-authentication encoding of the four pieces that a signature covers. Returns its length.
static size_t pre_authenticate(uint8_t pae[PAE_MAXIMUM_BYTES], lk_bytes message, lk_bytes footer,
                               lk_bytes assertion) {
  memset(pae, 0, 8);
  pae[0] = PIECES;
  uint8_t *end = append_piece(pae + 8, header, HEADER_BYTES);
  end = append_piece(end, message.bytes, message.length);
  end = append_piece(end, footer.bytes, footer.length);
  end = append_piece(end, assertion.bytes, assertion.length);
  return (size_t)(end - pae);
}

static bool bounds_hold(lk_bytes footer, lk_bytes assertion) {
  return footer.length <= LK_TOKEN_MAXIMUM_FOOTER && assertion.length <= LK_TOKEN_MAXIMUM_ASSERTION;
}

static lk_token_result parse(parts *out, lk_bytes token) {
  if (token.length > LK_TOKEN_MAXIMUM_BYTES) return LK_TOKEN_TOO_LARGE;
  if (token.length < HEADER_BYTES) return LK_TOKEN_MALFORMED;
  if (memcmp(token.bytes, header, HEADER_BYTES) != 0) return LK_TOKEN_MALFORMED;
  const char *body = (const char *)token.bytes + HEADER_BYTES;
  const size_t rest = token.length - HEADER_BYTES;
  const char *dot = rest == 0 ? NULL : memchr(body, '.', rest);
  const size_t body_characters = dot == NULL ? rest : (size_t)(dot - body);
  const size_t footer_characters = dot == NULL ? 0 : rest - body_characters - 1;
  if (dot != NULL && footer_characters == 0) return LK_TOKEN_MALFORMED;
  if (body_characters > BODY_MAXIMUM_CHARACTERS) return LK_TOKEN_TOO_LARGE;
  if (footer_characters > FOOTER_MAXIMUM_CHARACTERS) return LK_TOKEN_TOO_LARGE;

  size_t body_length = 0;
  if (!base64_decode(out->body, sizeof out->body, &body_length, body, body_characters) ||
      body_length < LK_SIGNATURE_BYTES) {
    return LK_TOKEN_MALFORMED;
  }
  out->message_length = body_length - LK_SIGNATURE_BYTES;
  out->footer_length = 0;
  if (dot == NULL) return LK_TOKEN_OK;
  const bool decoded =
      base64_decode(out->footer, sizeof out->footer, &out->footer_length, dot + 1, footer_characters);
  return decoded ? LK_TOKEN_OK : LK_TOKEN_MALFORMED;
}

void lk_key_pair(uint8_t public_key[LK_PUBLIC_KEY_BYTES], uint8_t secret_key[LK_SECRET_KEY_BYTES],
                 const uint8_t seed[LK_KEY_SEED_BYTES]) {
  (void)crypto_sign_seed_keypair(public_key, secret_key, seed);
}

void lk_key_id(char id[LK_KEY_ID_BYTES], const uint8_t public_key[LK_PUBLIC_KEY_BYTES]) {
  static const char id_header[] = "k4.pid.";
  static const char key_header[] = "k4.public.";
  enum { ID_HEADER = sizeof id_header - 1, KEY_HEADER = sizeof key_header - 1, DIGEST = 33, KEY_TEXT = 43 };
  _Static_assert(LK_KEY_ID_BYTES == ID_HEADER + 44 + 1, "header, 33 bytes in base64url, zero");

  char material[ID_HEADER + KEY_HEADER + KEY_TEXT + 1];
  memcpy(material, id_header, ID_HEADER);
  memcpy(material + ID_HEADER, key_header, KEY_HEADER);
  sodium_bin2base64(material + ID_HEADER + KEY_HEADER, KEY_TEXT + 1, public_key, LK_PUBLIC_KEY_BYTES,
                    BASE64_VARIANT);
  uint8_t digest[DIGEST];
  (void)crypto_generichash(digest, DIGEST, (const uint8_t *)material, sizeof material - 1, NULL, 0);
  memcpy(id, id_header, ID_HEADER);
  sodium_bin2base64(id + ID_HEADER, LK_KEY_ID_BYTES - ID_HEADER, digest, DIGEST, BASE64_VARIANT);
}

lk_token_result lk_token_sign(char *token, size_t *token_length, lk_bytes message, lk_bytes footer,
                              lk_bytes assertion, const uint8_t secret_key[LK_SECRET_KEY_BYTES]) {
  if (message.length > LK_TOKEN_MAXIMUM_MESSAGE || !bounds_hold(footer, assertion)) return LK_TOKEN_TOO_LARGE;
  const size_t body_characters = base64_length(message.length + LK_SIGNATURE_BYTES);
  const size_t footer_characters = base64_length(footer.length);
  const size_t length = HEADER_BYTES + body_characters + (footer.length > 0 ? 1 + footer_characters : 0);
  if (*token_length < length + 1) return LK_TOKEN_TOO_LARGE;

  uint8_t pae[PAE_MAXIMUM_BYTES];
  const size_t pae_length = pre_authenticate(pae, message, footer, assertion);
  uint8_t body[SIGNED_MAXIMUM_BYTES];
  if (message.length > 0) memcpy(body, message.bytes, message.length);
  (void)crypto_sign_detached(body + message.length, NULL, pae, pae_length, secret_key);

  memcpy(token, header, HEADER_BYTES);
  char *end = token + HEADER_BYTES;
  sodium_bin2base64(end, body_characters + 1, body, message.length + LK_SIGNATURE_BYTES, BASE64_VARIANT);
  end += body_characters;
  if (footer.length > 0) {
    *end++ = '.';
    sodium_bin2base64(end, footer_characters + 1, footer.bytes, footer.length, BASE64_VARIANT);
  }
  *token_length = length;
  return LK_TOKEN_OK;
}

lk_token_result lk_token_verify(uint8_t *message, size_t *message_length, lk_bytes token, lk_bytes footer,
                                lk_bytes assertion, const uint8_t public_key[LK_PUBLIC_KEY_BYTES]) {
  if (!bounds_hold(footer, assertion)) return LK_TOKEN_TOO_LARGE;
  parts found;
  const lk_token_result parsed = parse(&found, token);
  if (parsed != LK_TOKEN_OK) return parsed;
  if (found.footer_length != footer.length) return LK_TOKEN_WRONG_FOOTER;
  if (footer.length > 0 && !lk_equal(found.footer, footer.bytes, footer.length)) return LK_TOKEN_WRONG_FOOTER;

  uint8_t pae[PAE_MAXIMUM_BYTES];
  const lk_bytes claimed = {found.body, found.message_length};
  const size_t pae_length = pre_authenticate(pae, claimed, footer, assertion);
  const uint8_t *signature = found.body + found.message_length;
  if (crypto_sign_verify_detached(signature, pae, pae_length, public_key) != 0) return LK_TOKEN_FORGED;

  if (*message_length < found.message_length) return LK_TOKEN_TOO_LARGE;
  if (found.message_length > 0) memcpy(message, found.body, found.message_length);
  *message_length = found.message_length;
  return LK_TOKEN_OK;
}

lk_token_result lk_token_peek_footer(uint8_t *footer, size_t *footer_length, lk_bytes token) {
  parts found;
  const lk_token_result parsed = parse(&found, token);
  if (parsed != LK_TOKEN_OK) return parsed;
  if (*footer_length < found.footer_length) return LK_TOKEN_TOO_LARGE;
  if (found.footer_length > 0) memcpy(footer, found.footer, found.footer_length);
  *footer_length = found.footer_length;
  return LK_TOKEN_OK;
}
