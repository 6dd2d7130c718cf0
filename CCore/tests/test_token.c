/// Tokens (H2): what is signed verifies, and nothing else does. Published vectors: test_vectors.c.
#include <ccore/token.h>
#include <sodium.h>
#include <stdlib.h>

#include "check.h"
#include "support.h"

enum {
  ROOM = LK_TOKEN_MAXIMUM_BYTES + 1,
  BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
  HEADER_BYTES = 10
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static uint8_t public_key[LK_PUBLIC_KEY_BYTES], secret_key[LK_SECRET_KEY_BYTES];
static uint8_t filler[4096];

static lk_bytes text(const char *characters) {
  return (lk_bytes){(const uint8_t *)characters, strlen(characters)};
}

static lk_bytes fill(size_t length) { return (lk_bytes){filler, length}; }

/// A token with all parts, short enough to try every alteration. Message and footer leave bits over in
/// their last base64 character.
typedef struct {
  char token[ROOM];
  size_t length, body_characters;
  lk_bytes message, footer, assertion;
} sample;

static bool sign(sample *made) {
  made->length = ROOM;
  return lk_token_sign(made->token, &made->length, made->message, made->footer, made->assertion,
                       secret_key) == LK_TOKEN_OK;
}

/// Decodes base64url beside the library. Returns the number of bytes.
static size_t decode(uint8_t *bytes, size_t capacity, const char *characters, size_t count) {
  size_t length = 0;
  CHECK(sodium_base642bin(bytes, capacity, characters, count, NULL, &length, NULL, BASE64) == 0);
  return length;
}

static sample sign_sample(void) {
  sample made = {.length = 0};
  made.message = text("{\"handover\":\"h7\"}");
  made.footer = text("k4.pid.example");
  made.assertion = text("tablets/3");
  CHECK(sign(&made));
  CHECK_NUMBER(strlen(made.token), made.length);
  made.body_characters = strcspn(made.token + HEADER_BYTES, ".");
  return made;
}

/// Verifies and, on refusal, holds that nothing was written.
static lk_token_result verify(const sample *made, const char *token, size_t length) {
  uint8_t message[LK_TOKEN_MAXIMUM_MESSAGE], untouched[LK_TOKEN_MAXIMUM_MESSAGE];
  memset(message, 0xAA, sizeof message);
  memset(untouched, 0xAA, sizeof untouched);
  size_t message_length = sizeof message;
  const lk_bytes bytes = {(const uint8_t *)token, length};
  const lk_token_result result =
      lk_token_verify(message, &message_length, bytes, made->footer, made->assertion, public_key);
  if (result == LK_TOKEN_OK) {
    CHECK_NUMBER(message_length, made->message.length);
    CHECK(memcmp(message, made->message.bytes, made->message.length) == 0);
  } else {
    CHECK_NUMBER(message_length, sizeof message);
    CHECK(memcmp(message, untouched, sizeof message) == 0);
  }
  return result;
}

static void signed_tokens_verify(void) {
  static const char *const words[] = {"", "x", "ab", "abc", "{\"a\":1}"};
  enum { WORDS = 5 };
  for (int i = 0; i < WORDS * WORDS * WORDS; i++) {
    sample made = {.length = 0};
    made.message = text(words[i % WORDS]);
    made.footer = text(words[i / WORDS % WORDS]);
    made.assertion = text(words[i / WORDS / WORDS]);
    CHECK(sign(&made));
    CHECK_NUMBER(strlen(made.token), made.length);
    CHECK(strncmp(made.token, "v4.public.", HEADER_BYTES) == 0);
    CHECK((strchr(made.token + HEADER_BYTES, '.') != NULL) == (made.footer.length > 0));
    CHECK_NUMBER(verify(&made, made.token, made.length), LK_TOKEN_OK);
    uint8_t footer[LK_TOKEN_MAXIMUM_FOOTER];
    size_t footer_length = sizeof footer;
    const lk_bytes token = {(const uint8_t *)made.token, made.length};
    CHECK(lk_token_peek_footer(footer, &footer_length, token) == LK_TOKEN_OK);
    CHECK_NUMBER(footer_length, made.footer.length);
    CHECK(memcmp(footer, words[i / WORDS % WORDS], footer_length) == 0);
  }
}

static void flipped_bits_are_refused(void) {
  const sample made = sign_sample();
  uint8_t body[256], footer[64];
  const char *footer_text = made.token + HEADER_BYTES + made.body_characters + 1;
  const size_t body_length = decode(body, sizeof body, made.token + HEADER_BYTES, made.body_characters);
  const size_t footer_length = decode(footer, sizeof footer, footer_text, strlen(footer_text));
  for (size_t bit = 0; bit < 8 * (body_length + footer_length); bit++) {
    const bool in_footer = bit >= 8 * body_length;
    uint8_t *flipped = in_footer ? &footer[bit / 8 - body_length] : &body[bit / 8];
    *flipped ^= (uint8_t)(1 << bit % 8);
    char token[ROOM];
    memcpy(token, made.token, sizeof token);
    sodium_bin2base64(token + HEADER_BYTES, made.body_characters + 1, body, body_length, BASE64);
    token[HEADER_BYTES + made.body_characters] = '.';
    sodium_bin2base64(token + HEADER_BYTES + made.body_characters + 1, strlen(footer_text) + 1, footer,
                      footer_length, BASE64);
    CHECK_NUMBER(verify(&made, token, made.length), in_footer ? LK_TOKEN_WRONG_FOOTER : LK_TOKEN_FORGED);
    *flipped ^= (uint8_t)(1 << bit % 8);
  }
}

/// Every character is replaced by every other byte: of the alphabet, of the other base64 alphabet, padding,
/// dot, blanks, zero, beyond ASCII.
static void replaced_characters_are_refused(void) {
  const sample made = sign_sample();
  char token[ROOM];
  memcpy(token, made.token, sizeof token);
  for (size_t i = 0; i < made.length; i++) {
    for (int replacement = 0; replacement < 256; replacement++) {
      if ((char)replacement == made.token[i]) continue;
      token[i] = (char)replacement;
      const lk_token_result result = verify(&made, token, made.length);
      CHECK_THAT(result != LK_TOKEN_OK, "character %zu replaced by %d", i, replacement);
      const bool in_part = i >= HEADER_BYTES && made.token[i] != '.';
      const bool foreign = replacement != '.' && (replacement == 0 || strchr(alphabet, replacement) == NULL);
      if (in_part && foreign) CHECK_NUMBER(result, LK_TOKEN_MALFORMED);
    }
    token[i] = made.token[i];
  }
  CHECK_NUMBER(verify(&made, token, made.length), LK_TOKEN_OK);
}

static void cut_and_extended_tokens_are_refused(void) {
  const sample made = sign_sample();
  char token[ROOM];
  for (size_t length = 0; length < made.length; length++) {
    CHECK_THAT(verify(&made, made.token, length) != LK_TOKEN_OK, "the first %zu", length);
    const char *last = made.token + made.length - length;
    CHECK_THAT(verify(&made, last, length) != LK_TOKEN_OK, "the last %zu", length);
    memcpy(token, made.token, length);
    memcpy(token + length, made.token + length + 1, made.length - length);
    CHECK_THAT(verify(&made, token, made.length - 1) != LK_TOKEN_OK, "without %zu", length);
  }
  for (size_t at = 0; at <= made.length; at++) {
    for (int inserted = 0; inserted < 256; inserted += at == made.length ? 1 : 37) {
      memcpy(token, made.token, at);
      token[at] = (char)inserted;
      memcpy(token + at + 1, made.token + at, made.length - at);
      CHECK_THAT(verify(&made, token, made.length + 1) != LK_TOKEN_OK, "%d inserted at %zu", inserted, at);
    }
  }
}

static void other_headers_and_forms_are_malformed(void) {
  const sample made = sign_sample();
  static const char *const forms[] = {
      "",     "v4.public",     "v4.public.",     "v4.public..",    "v4.public.AAAA", "v4.public.AAAA.AAAA",
      "AAAA", "v4.local.AAAA", "v3.public.AAAA", "V4.public.AAAA", "....",
  };
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    CHECK_NUMBER(verify(&made, forms[i], strlen(forms[i])), LK_TOKEN_MALFORMED);
  }
  sample bare = made;
  bare.footer = (lk_bytes){NULL, 0};
  CHECK(sign(&bare));
  CHECK_NUMBER(verify(&bare, bare.token, bare.length), LK_TOKEN_OK);
  strcat(bare.token, ".");
  CHECK_NUMBER(verify(&bare, bare.token, bare.length + 1), LK_TOKEN_MALFORMED);
}

static void padding_and_loose_bits_are_malformed(void) {
  for (size_t length = 0; length < 12; length++) {
    sample made = {.message = fill(length), .footer = fill(length)};
    CHECK(sign(&made));
    const size_t footer_left = length % 3, body_left = (length + LK_SIGNATURE_BYTES) % 3;
    made.body_characters = strcspn(made.token + HEADER_BYTES, ".");
    char token[ROOM + 4];
    memcpy(token, made.token, made.length + 1);
    strcpy(token + made.length, "==");
    CHECK_NUMBER(verify(&made, token, made.length + 1), LK_TOKEN_MALFORMED);
    CHECK_NUMBER(verify(&made, token, made.length + 2), LK_TOKEN_MALFORMED);
    token[made.length] = '\0';
    const size_t ends[2] = {HEADER_BYTES + made.body_characters - 1, made.length - 1};
    const size_t left[2] = {body_left, footer_left};
    for (int part = 0; part < (length == 0 ? 1 : 2); part++) {
      char *last = &token[ends[part]];
      const char canonical = *last;
      const int value = (int)(strchr(alphabet, canonical) - alphabet);
      const int loose = left[part] == 1 ? 15 : left[part] == 2 ? 3 : 0;  // bits that no byte uses
      CHECK((value & loose) == 0);
      for (int bits = 1; bits <= loose; bits++) {
        *last = alphabet[value | bits];
        CHECK_NUMBER(verify(&made, token, made.length), LK_TOKEN_MALFORMED);
      }
      *last = canonical;
    }
    CHECK_NUMBER(verify(&made, token, made.length), LK_TOKEN_OK);
  }
}

static void other_footer_assertion_and_key_are_refused(void) {
  const sample made = sign_sample();
  static const char *const footers[] = {"", "k", "k4.pid.exampl", "k4.pid.examplf",
                                        "k4.pid.examplee", "tablets/3"};
  for (size_t i = 0; i < sizeof footers / sizeof footers[0]; i++) {
    sample wrong = made;
    wrong.footer = text(footers[i]);
    CHECK_NUMBER(verify(&wrong, made.token, made.length), LK_TOKEN_WRONG_FOOTER);
  }
  static const char *const assertions[] = {"", "t", "tablets/", "tablets/4", "tablets/33", "k4.pid.example"};
  for (size_t i = 0; i < sizeof assertions / sizeof assertions[0]; i++) {
    sample wrong = made;
    wrong.assertion = text(assertions[i]);
    CHECK_NUMBER(verify(&wrong, made.token, made.length), LK_TOKEN_FORGED);
  }
  for (size_t bit = 0; bit < 8 * sizeof public_key; bit++) {
    public_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK_NUMBER(verify(&made, made.token, made.length), LK_TOKEN_FORGED);
    public_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  CHECK_NUMBER(verify(&made, made.token, made.length), LK_TOKEN_OK);
}

/// Pieces that move over a boundary keep the same bytes in a row, but not the same signature.
static void pieces_do_not_run_together(void) {
  sample made = {.message = text("ab"), .footer = text("cd"), .assertion = text("ef")};
  CHECK(sign(&made));
  uint8_t body[2 + LK_SIGNATURE_BYTES];
  const char *start = made.token + HEADER_BYTES;
  CHECK_NUMBER(decode(body, sizeof body, start, strcspn(start, ".")), sizeof body);
  char moved[ROOM] = "v4.public.";  // message "a", footer "bcd", assertion "ef"
  uint8_t shorter[1 + LK_SIGNATURE_BYTES] = {'a'};
  memcpy(shorter + 1, body + 2, LK_SIGNATURE_BYTES);
  sodium_bin2base64(moved + HEADER_BYTES, ROOM - HEADER_BYTES, shorter, sizeof shorter, BASE64);
  strcat(moved, ".YmNk");
  made.footer = text("bcd");
  CHECK_NUMBER(verify(&made, moved, strlen(moved)), LK_TOKEN_FORGED);
}

/// S + L signs the same to whoever reduces S modulo the group order L: a second form of one signature.
static void non_canonical_signatures_are_refused(void) {
  static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                    0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
  const sample made = sign_sample();
  uint8_t body[256];
  const size_t length = decode(body, sizeof body, made.token + HEADER_BYTES, made.body_characters);
  uint8_t *scalar = body + length - 32;
  uint8_t wide[64] = {0}, reduced[32];
  unsigned carry = 0;
  uint8_t raised[32];
  for (size_t i = 0; i < 32; i++) {
    carry += (unsigned)scalar[i] + order[i];
    raised[i] = (uint8_t)carry;
    carry >>= 8;
  }
  CHECK(carry == 0);
  memcpy(wide, raised, 32);
  crypto_core_ed25519_scalar_reduce(reduced, wide);
  CHECK(memcmp(reduced, scalar, 32) == 0);
  memcpy(scalar, raised, 32);
  char token[ROOM];
  memcpy(token, made.token, sizeof token);
  sodium_bin2base64(token + HEADER_BYTES, made.body_characters + 1, body, length, BASE64);
  token[HEADER_BYTES + made.body_characters] = '.';
  CHECK_NUMBER(verify(&made, token, made.length), LK_TOKEN_FORGED);
}

/// Keys of small order let one signature hold for many messages: refused whatever is signed.
static void small_order_keys_are_refused(void) {
  const sample made = sign_sample();
  uint8_t kept[LK_PUBLIC_KEY_BYTES];
  memcpy(kept, public_key, sizeof kept);
  memset(public_key, 0, sizeof public_key);
  for (uint8_t first = 0; first < 2; first++) {
    public_key[0] = first;
    CHECK_NUMBER(verify(&made, made.token, made.length), LK_TOKEN_FORGED);
    uint8_t body[LK_SIGNATURE_BYTES] = {1};  // R neutral, S zero: holds for the neutral key without the check
    char token[ROOM] = "v4.public.";
    sodium_bin2base64(token + HEADER_BYTES, ROOM - HEADER_BYTES, body, sizeof body, BASE64);
    const sample forged = {.message = {NULL, 0}};
    CHECK_NUMBER(verify(&forged, token, strlen(token)), LK_TOKEN_FORGED);
  }
  memcpy(public_key, kept, sizeof kept);
}

int main(void) {
  if (lk_crypto_start() != 0) return 2;
  static const uint8_t seed[LK_KEY_SEED_BYTES] = {7, 7, 7};
  lk_key_pair(public_key, secret_key, seed);
  test_random random = {1};
  random_fill(&random, filler, sizeof filler);
  RUN("H2 signed tokens verify, with and without message, footer, assertion", signed_tokens_verify);
  RUN("H2 each flipped bit is refused", flipped_bits_are_refused);
  RUN("H2 each character replaced by each other byte is refused", replaced_characters_are_refused);
  RUN("H2 cut, thinned and extended tokens are refused", cut_and_extended_tokens_are_refused);
  RUN("H2 other headers and forms are malformed", other_headers_and_forms_are_malformed);
  RUN("H2 padding and loose trailing bits are malformed", padding_and_loose_bits_are_malformed);
  RUN("H2 another footer, assertion or key is refused", other_footer_assertion_and_key_are_refused);
  RUN("H2 pieces do not run together", pieces_do_not_run_together);
  RUN("H2 a non-canonical signature is refused", non_canonical_signatures_are_refused);
  RUN("H2 keys of small order are refused", small_order_keys_are_refused);
  return check_report();
}
