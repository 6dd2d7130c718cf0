// A hand-over's QR through CCore, issued and checked, against what no such token can do without: one Ed25519
// signature and one verification by libsodium, of a message of the same length. Turn by turn.
//
//   qr ROUNDS COUNT
#include <ccore.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

// As HandoverClaims are written, and the assertion that binds a token to a tablet.
static const char claims[] =
    "{\"compartment\":3,\"exp\":1803888060000,\"handover\":123456,\"iat\":1803888000000,\"locker\":12}";
static const char assertion[] = "latchkey hand-over for tablet 17";

static uint8_t public_key[LK_PUBLIC_KEY_BYTES], secret_key[LK_SECRET_KEY_BYTES];
static char key_id[LK_KEY_ID_BYTES];

static lk_bytes text(const char *text) { return (lk_bytes){(const uint8_t *)text, strlen(text)}; }

static double issue_and_check(int count) {
  int64_t start = now_nano();
  for (int i = 0; i < count; i++) {
    char token[LK_TOKEN_MAXIMUM_BYTES + 1];
    uint8_t message[LK_TOKEN_MAXIMUM_MESSAGE];
    size_t length = sizeof token, message_length = sizeof message;
    if (lk_token_sign(token, &length, text(claims), text(key_id), text(assertion), secret_key)) fail("sign");
    lk_bytes made = {(const uint8_t *)token, length};
    if (lk_token_verify(message, &message_length, made, text(key_id), text(assertion), public_key)) {
      fail("verify");
    }
    if (message_length != sizeof claims - 1 || memcmp(message, claims, message_length)) fail("another message");
  }
  return (double)(now_nano() - start) / count / 1e3;
}

static double sign_and_verify(int count) {
  int64_t start = now_nano();
  for (int i = 0; i < count; i++) {
    uint8_t signature[crypto_sign_BYTES];
    const uint8_t *message = (const uint8_t *)claims;
    if (crypto_sign_detached(signature, NULL, message, sizeof claims - 1, secret_key)) fail("sign");
    if (crypto_sign_verify_detached(signature, message, sizeof claims - 1, public_key)) fail("verify");
  }
  return (double)(now_nano() - start) / count / 1e3;
}

int main(int argc, char **argv) {
  if (argc != 3) fail("usage: qr ROUNDS COUNT");
  int rounds = atoi(argv[1]), count = atoi(argv[2]);
  if (lk_crypto_start()) fail("no source of randomness");
  uint8_t seed[LK_KEY_SEED_BYTES];
  lk_random(seed, sizeof seed);
  lk_key_pair(public_key, secret_key, seed);
  lk_key_id(key_id, public_key);
  issue_and_check(count / 10 + 1);
  sign_and_verify(count / 10 + 1);
  double *ours = calloc((size_t)rounds, sizeof *ours), *theirs = calloc((size_t)rounds, sizeof *theirs);
  for (int i = 0; i < rounds; i++) {
    ours[i] = issue_and_check(count);
    theirs[i] = sign_and_verify(count);
  }
  printf("{\"qr_us\": %.3f, \"ed25519_us\": %.3f}\n", quantile(ours, (size_t)rounds, 0.5),
         quantile(theirs, (size_t)rounds, 0.5));
  return 0;
}
