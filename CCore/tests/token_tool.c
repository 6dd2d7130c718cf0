/// token_tool — token.h for programs in other languages: a command a line on standard input, an answer a line
/// on standard output. Bytes are lower-case hex, `-` is empty.
///
///     key <seed>                                                 ok <public key> <key id>
///     sign <seed> <message> <footer> <assertion>                 ok <token>
///     verify <public key> <token> <footer> <assertion>           ok <message>
///     footer <token>                                             ok <footer>
///
/// The token is text. A refusal is answered `refused <lk_token_result>`, anything else `error`.
#include <ccore/token.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { LINE_BYTES = 32768, FIELDS = 5, ROOM = 4096 };

/// A field of hex, decoded.
typedef struct {
  uint8_t bytes[ROOM];
  size_t length;
} field;

static bool decode(field *out, const char *hex) {
  return hex_decode(out->bytes, sizeof out->bytes, &out->length, hex);
}

static lk_bytes bytes_of(const field *from) { return (lk_bytes){from->bytes, from->length}; }

static void answer_hex(const uint8_t *bytes, size_t length) {
  char hex[2 * ROOM + 1];
  hex_encode(hex, bytes, length);
  printf("ok %s\n", length == 0 ? "-" : hex);
}

static bool answer_key(char **fields) {
  field seed;
  if (!decode(&seed, fields[1]) || seed.length != LK_KEY_SEED_BYTES) return false;
  uint8_t public_key[LK_PUBLIC_KEY_BYTES], secret_key[LK_SECRET_KEY_BYTES];
  char id[LK_KEY_ID_BYTES], hex[2 * LK_PUBLIC_KEY_BYTES + 1];
  lk_key_pair(public_key, secret_key, seed.bytes);
  lk_key_id(id, public_key);
  hex_encode(hex, public_key, sizeof public_key);
  printf("ok %s %s\n", hex, id);
  return true;
}

static bool answer_sign(char **fields) {
  field seed, message, footer, assertion;
  if (!decode(&seed, fields[1]) || seed.length != LK_KEY_SEED_BYTES) return false;
  if (!decode(&message, fields[2])) return false;
  if (!decode(&footer, fields[3]) || !decode(&assertion, fields[4])) return false;
  uint8_t public_key[LK_PUBLIC_KEY_BYTES], secret_key[LK_SECRET_KEY_BYTES];
  lk_key_pair(public_key, secret_key, seed.bytes);
  char token[LK_TOKEN_MAXIMUM_BYTES + 1];
  size_t length = sizeof token;
  const lk_token_result result =
      lk_token_sign(token, &length, bytes_of(&message), bytes_of(&footer), bytes_of(&assertion), secret_key);
  if (result == LK_TOKEN_OK) printf("ok %s\n", token);
  else printf("refused %d\n", result);
  return true;
}

static bool answer_verify(char **fields) {
  field key, footer, assertion;
  if (!decode(&key, fields[1]) || key.length != LK_PUBLIC_KEY_BYTES) return false;
  if (!decode(&footer, fields[3]) || !decode(&assertion, fields[4])) return false;
  uint8_t message[LK_TOKEN_MAXIMUM_MESSAGE];
  size_t length = sizeof message;
  const lk_bytes token = {(const uint8_t *)fields[2], strlen(fields[2])};
  const lk_token_result result =
      lk_token_verify(message, &length, token, bytes_of(&footer), bytes_of(&assertion), key.bytes);
  if (result == LK_TOKEN_OK) answer_hex(message, length);
  else printf("refused %d\n", result);
  return true;
}

static bool answer_footer(char **fields) {
  uint8_t footer[LK_TOKEN_MAXIMUM_FOOTER];
  size_t length = sizeof footer;
  const lk_bytes token = {(const uint8_t *)fields[1], strlen(fields[1])};
  const lk_token_result result = lk_token_peek_footer(footer, &length, token);
  if (result == LK_TOKEN_OK) answer_hex(footer, length);
  else printf("refused %d\n", result);
  return true;
}

static bool answer(char **fields, size_t count) {
  if (count == 2 && strcmp(fields[0], "key") == 0) return answer_key(fields);
  if (count == 5 && strcmp(fields[0], "sign") == 0) return answer_sign(fields);
  if (count == 5 && strcmp(fields[0], "verify") == 0) return answer_verify(fields);
  if (count == 2 && strcmp(fields[0], "footer") == 0) return answer_footer(fields);
  return false;
}

int main(void) {
  if (lk_crypto_start() != 0) return 2;
  static char line[LINE_BYTES];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *fields[FIELDS] = {NULL};
    size_t count = 0;
    for (char *rest = strtok(line, " \n"); rest != NULL && count < FIELDS; rest = strtok(NULL, " \n")) {
      fields[count++] = rest;
    }
    if (!answer(fields, count)) printf("error\n");
    fflush(stdout);
  }
  return 0;
}
