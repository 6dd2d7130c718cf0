/// verify_assertion — checks a device's assertion as a server would, for the fake server of the tests.
///
///     verify_assertion TOKEN PUBLIC-KEY-HEX NONCE-HEX
///
/// Prints the claims and ends with 0 when the token is signed by that key over that nonce and its footer is
/// the key's id; prints why not and ends with 1 otherwise.
#include <ccore/token.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

int main(int count, char *arguments[]) {
  uint8_t public_key[LK_PUBLIC_KEY_BYTES], nonce[64], claims[LK_TOKEN_MAXIMUM_MESSAGE];
  size_t key_length, nonce_length, length = sizeof claims;
  char key_id[LK_KEY_ID_BYTES];
  if (count != 4 || lk_crypto_start() != 0) return 2;
  if (sodium_hex2bin(public_key, sizeof public_key, arguments[2], strlen(arguments[2]), NULL, &key_length,
                     NULL) != 0 ||
      key_length != sizeof public_key) {
    return 2;
  }
  if (sodium_hex2bin(nonce, sizeof nonce, arguments[3], strlen(arguments[3]), NULL, &nonce_length, NULL) != 0)
    return 2;
  lk_key_id(key_id, public_key);
  const lk_bytes token = {(const uint8_t *)arguments[1], strlen(arguments[1])};
  const lk_bytes footer = {(const uint8_t *)key_id, strlen(key_id)};
  const lk_bytes assertion = {nonce, nonce_length};
  const lk_token_result result = lk_token_verify(claims, &length, token, footer, assertion, public_key);
  if (result != LK_TOKEN_OK) {
    printf("refused: %d\n", (int)result);
    return 1;
  }
  printf("%.*s\n", (int)length, (const char *)claims);
  return 0;
}
