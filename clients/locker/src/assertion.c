#include "assertion.h"

#include <ccore/token.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/// Printable ASCII without quote and backslash needs no escaping, and a server names itself so.
static bool is_plain(const char *text) {
  for (const char *c = text; *c != '\0'; c++) {
    if (*c < 0x20 || *c > 0x7e || *c == '"' || *c == '\\') return false;
  }
  return true;
}

int assertion_sign(char *token, const identity *identity, const char *audience, const uint8_t *nonce,
                   size_t nonce_length, int64_t now_seconds) {
  char claims[ASSERTION_AUDIENCE_BYTES + 128];
  if (strlen(audience) > ASSERTION_AUDIENCE_BYTES || !is_plain(audience)) return -1;
  const int length = snprintf(
      claims, sizeof claims, "{\"aud\":\"%s\",\"dev\":%" PRId64 ",\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}",
      audience, identity->device_id, now_seconds, now_seconds + ASSERTION_LIFE_SECONDS);
  size_t token_length = LK_TOKEN_MAXIMUM_BYTES + 1;
  const lk_bytes message = {(const uint8_t *)claims, (size_t)length};
  const lk_bytes footer = {(const uint8_t *)identity->key_id, strlen(identity->key_id)};
  const lk_bytes assertion = {nonce, nonce_length};
  return lk_token_sign(token, &token_length, message, footer, assertion, identity->secret_key) == LK_TOKEN_OK
             ? 0
             : -1;
}
