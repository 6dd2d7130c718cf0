/// Tokens (H2): size limits on both sides, the caller's buffers, golden key ids and tokens.
#include <ccore/token.h>
#include <sodium.h>
#include <stdlib.h>

#include "check.h"
#include "support.h"

enum {
  ROOM = LK_TOKEN_MAXIMUM_BYTES + 1,
  BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
  HEADER_BYTES = 10,
  MESSAGE = LK_TOKEN_MAXIMUM_MESSAGE,
  FOOTER = LK_TOKEN_MAXIMUM_FOOTER,
  ASSERTION = LK_TOKEN_MAXIMUM_ASSERTION
};

static uint8_t public_key[LK_PUBLIC_KEY_BYTES], secret_key[LK_SECRET_KEY_BYTES];
static uint8_t filler[4096];

static lk_bytes fill(size_t length) { return (lk_bytes){filler, length}; }

static lk_token_result sign_sizes(size_t message, size_t footer, size_t assertion, char *token,
                                  size_t *length) {
  *length = ROOM;
  return lk_token_sign(token, length, fill(message), fill(footer), fill(assertion), secret_key);
}

static void largest_arguments_fit(void) {
  char token[ROOM];
  size_t length = 0;
  CHECK(sign_sizes(MESSAGE, FOOTER, ASSERTION, token, &length) == LK_TOKEN_OK);
  CHECK_NUMBER(length, LK_TOKEN_MAXIMUM_BYTES);
  uint8_t message[MESSAGE], footer[FOOTER];
  size_t message_length = sizeof message, footer_length = sizeof footer;
  const lk_bytes bytes = {(const uint8_t *)token, length};
  CHECK(lk_token_verify(message, &message_length, bytes, fill(FOOTER), fill(ASSERTION), public_key) ==
        LK_TOKEN_OK);
  CHECK_NUMBER(message_length, MESSAGE);
  CHECK(memcmp(message, filler, message_length) == 0);
  CHECK(lk_token_peek_footer(footer, &footer_length, bytes) == LK_TOKEN_OK);
  CHECK_NUMBER(footer_length, FOOTER);
  CHECK(memcmp(footer, filler, footer_length) == 0);
}

static void larger_arguments_are_too_large(void) {
  char token[ROOM];
  size_t length = 0;
  CHECK(sign_sizes(MESSAGE + 1, 0, 0, token, &length) == LK_TOKEN_TOO_LARGE);
  CHECK(sign_sizes(0, FOOTER + 1, 0, token, &length) == LK_TOKEN_TOO_LARGE);
  CHECK(sign_sizes(0, 0, ASSERTION + 1, token, &length) == LK_TOKEN_TOO_LARGE);
  CHECK_NUMBER(length, ROOM);
  CHECK(sign_sizes(1, 0, 0, token, &length) == LK_TOKEN_OK);
  uint8_t message[MESSAGE];
  size_t message_length = sizeof message;
  const lk_bytes bytes = {(const uint8_t *)token, length};
  CHECK(lk_token_verify(message, &message_length, bytes, fill(FOOTER + 1), fill(0), public_key) ==
        LK_TOKEN_TOO_LARGE);
  CHECK(lk_token_verify(message, &message_length, bytes, fill(0), fill(ASSERTION + 1), public_key) ==
        LK_TOKEN_TOO_LARGE);
}

/// Builds a token of any size beside the library, to show what it does with one over its limits.
static size_t oversized(char *token, size_t capacity, size_t message, size_t footer) {
  memcpy(token, "v4.public.", HEADER_BYTES + 1);
  const size_t body = message + LK_SIGNATURE_BYTES;
  sodium_bin2base64(token + HEADER_BYTES, capacity - HEADER_BYTES, filler, body, BASE64);
  if (footer > 0) {
    strcat(token, ".");
    const size_t length = strlen(token);
    sodium_bin2base64(token + length, capacity - length, filler, footer, BASE64);
  }
  return strlen(token);
}

static void received_tokens_have_limits(void) {
  static const struct {
    size_t message, footer;
    lk_token_result expected;
  } cases[] = {
      {MESSAGE, 0, LK_TOKEN_WRONG_FOOTER},
      {MESSAGE + 1, 0, LK_TOKEN_TOO_LARGE},
      {0, FOOTER, LK_TOKEN_WRONG_FOOTER},
      {0, FOOTER + 1, LK_TOKEN_TOO_LARGE},
      {MESSAGE, FOOTER, LK_TOKEN_WRONG_FOOTER},
      {MESSAGE + 1, FOOTER, LK_TOKEN_TOO_LARGE},
      {3900, 0, LK_TOKEN_TOO_LARGE},
      {0, 3900, LK_TOKEN_TOO_LARGE},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char token[3 * ROOM];
    const size_t length = oversized(token, sizeof token, cases[i].message, cases[i].footer);
    uint8_t message[MESSAGE], footer[FOOTER];
    size_t message_length = sizeof message, footer_length = sizeof footer;
    const lk_bytes bytes = {(const uint8_t *)token, length}, expected = {(const uint8_t *)"kid", 3};
    CHECK_NUMBER(lk_token_verify(message, &message_length, bytes, expected, fill(0), public_key),
                 cases[i].expected);
    const bool too_large = cases[i].expected == LK_TOKEN_TOO_LARGE;
    CHECK_NUMBER(lk_token_peek_footer(footer, &footer_length, bytes),
                 too_large ? LK_TOKEN_TOO_LARGE : LK_TOKEN_OK);
  }
}

/// Sizes are looked at before form: what is too long is not even read.
static void endless_text_is_too_large(void) {
  char token[ROOM];
  memset(token, 'A', sizeof token);
  uint8_t bytes[MESSAGE];
  for (size_t over = 0; over < 2; over++) {
    const lk_bytes text = {(const uint8_t *)token, LK_TOKEN_MAXIMUM_BYTES + over};
    const lk_token_result expected = over > 0 ? LK_TOKEN_TOO_LARGE : LK_TOKEN_MALFORMED;
    size_t length = sizeof bytes;
    CHECK_NUMBER(lk_token_verify(bytes, &length, text, fill(0), fill(0), public_key), expected);
    CHECK_NUMBER(lk_token_peek_footer(bytes, &length, text), expected);
  }
}

/// Buffers of exactly the size given, so that the sanitizer sees one byte too many.
static void small_buffers_are_refused_untouched(void) {
  char whole[ROOM];
  size_t length = 0;
  CHECK(sign_sizes(100, 30, 10, whole, &length) == LK_TOKEN_OK);
  for (size_t capacity = 0; capacity <= length + 1; capacity++) {
    char *token = malloc(capacity + (capacity == 0));
    memset(token, '#', capacity);
    size_t token_length = capacity;
    const lk_token_result result =
        lk_token_sign(token, &token_length, fill(100), fill(30), fill(10), secret_key);
    CHECK_NUMBER(result, capacity == length + 1 ? LK_TOKEN_OK : LK_TOKEN_TOO_LARGE);
    if (result == LK_TOKEN_OK) CHECK_TEXT(token, whole);
    for (size_t i = 0; i < capacity && result != LK_TOKEN_OK; i++) CHECK(token[i] == '#');
    free(token);
  }
  const lk_bytes bytes = {(const uint8_t *)whole, length};
  for (size_t capacity = 0; capacity <= 100; capacity++) {
    uint8_t *message = malloc(capacity + (capacity == 0)), *footer = malloc(capacity + (capacity == 0));
    size_t message_length = capacity, footer_length = capacity;
    memset(message, '#', capacity);
    CHECK_NUMBER(lk_token_verify(message, &message_length, bytes, fill(30), fill(10), public_key),
                 capacity == 100 ? LK_TOKEN_OK : LK_TOKEN_TOO_LARGE);
    CHECK_NUMBER(message_length, capacity);
    for (size_t i = 0; i < capacity && capacity < 100; i++) CHECK(message[i] == '#');
    CHECK_NUMBER(lk_token_peek_footer(footer, &footer_length, bytes),
                 capacity >= 30 ? LK_TOKEN_OK : LK_TOKEN_TOO_LARGE);
    CHECK_NUMBER(footer_length, capacity >= 30 ? 30 : capacity);
    free(message);
    free(footer);
  }
}

/// Tokens read from exactly as many bytes as they have: nothing behind them is looked at.
static void tokens_need_no_terminating_zero(void) {
  char whole[ROOM];
  size_t length = 0;
  CHECK(sign_sizes(20, 8, 4, whole, &length) == LK_TOKEN_OK);
  for (size_t cut = 0; cut <= length; cut++) {
    uint8_t *token = malloc(cut + (cut == 0)), message[MESSAGE];
    memcpy(token, whole, cut);
    size_t message_length = sizeof message;
    const lk_token_result result =
        lk_token_verify(message, &message_length, (lk_bytes){token, cut}, fill(8), fill(4), public_key);
    CHECK((result == LK_TOKEN_OK) == (cut == length));
    free(token);
  }
}

static size_t bytes_of(uint8_t *bytes, size_t capacity, const char *hex) {
  size_t length = 0;
  CHECK_THAT(hex_decode(bytes, capacity, &length, hex), "%s", hex);
  return length;
}

static void golden_keys(const golden_line *line) {
  uint8_t seed[LK_KEY_SEED_BYTES], expected[LK_PUBLIC_KEY_BYTES], public_half[LK_PUBLIC_KEY_BYTES];
  uint8_t secret[LK_SECRET_KEY_BYTES];
  CHECK_NUMBER(bytes_of(seed, sizeof seed, line->fields[1]), sizeof seed);
  CHECK_NUMBER(bytes_of(expected, sizeof expected, line->fields[2]), sizeof expected);
  lk_key_pair(public_half, secret, seed);
  CHECK(memcmp(public_half, expected, sizeof expected) == 0);
  CHECK(memcmp(secret, seed, sizeof seed) == 0 && memcmp(secret + 32, expected, sizeof expected) == 0);
  char id[LK_KEY_ID_BYTES + 1];
  memset(id, '#', sizeof id);
  lk_key_id(id, public_half);
  CHECK_TEXT(id, line->fields[3]);
  CHECK(strlen(id) == LK_KEY_ID_BYTES - 1 && id[LK_KEY_ID_BYTES] == '#');
}

static void golden_token(const golden_line *line) {
  uint8_t seed[LK_KEY_SEED_BYTES], parts[3][256];
  uint8_t public_half[LK_PUBLIC_KEY_BYTES], secret[LK_SECRET_KEY_BYTES];
  lk_bytes pieces[3];
  CHECK_NUMBER(bytes_of(seed, sizeof seed, line->fields[1]), sizeof seed);
  for (size_t i = 0; i < 3; i++) {
    pieces[i] = (lk_bytes){parts[i], bytes_of(parts[i], sizeof parts[i], line->fields[2 + i])};
  }
  lk_key_pair(public_half, secret, seed);
  char token[ROOM];
  size_t length = sizeof token;
  CHECK(lk_token_sign(token, &length, pieces[0], pieces[1], pieces[2], secret) == LK_TOKEN_OK);
  CHECK_TEXT(token, line->fields[5]);
}

static void golden_keys_and_tokens(void) {
  FILE *file = golden_open("token.txt");
  golden_line line;
  int keys = 0, tokens = 0;
  while (golden_next(file, &line)) {
    if (strcmp(line.fields[0], "key") == 0) {
      golden_keys(&line);
      keys++;
    } else {
      golden_token(&line);
      tokens++;
    }
  }
  fclose(file);
  CHECK_NUMBER(keys, 4);
  CHECK_NUMBER(tokens, 4);
}

int main(void) {
  if (lk_crypto_start() != 0) return 2;
  static const uint8_t seed[LK_KEY_SEED_BYTES] = {9, 9, 9};
  lk_key_pair(public_key, secret_key, seed);
  test_random random = {2};
  random_fill(&random, filler, sizeof filler);
  RUN("H2 the largest arguments make the longest token, and it verifies", largest_arguments_fit);
  RUN("H2 one byte more is too large", larger_arguments_are_too_large);
  RUN("H2 received tokens have the same limits", received_tokens_have_limits);
  RUN("H2 text longer than any token is too large", endless_text_is_too_large);
  RUN("H2 small buffers are refused and left alone", small_buffers_are_refused_untouched);
  RUN("H2 tokens need no terminating zero", tokens_need_no_terminating_zero);
  RUN("H2 key pairs, key ids and tokens are golden", golden_keys_and_tokens);
  return check_report();
}
