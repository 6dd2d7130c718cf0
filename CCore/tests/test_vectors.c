/// The published PASETO v4 and PASERK k4 vectors (H2), read from the directory given as argument:
/// paseto-v4.json, paserk-k4.pid.json, paserk-k4.public.json, paserk-k4.secret.json. Skips when it is absent.
#include <ccore/token.h>
#include <cjson/cJSON.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "check.h"
#include "support.h"

enum { ROOM = LK_TOKEN_MAXIMUM_BYTES + 1, FILE_MAXIMUM_BYTES = 1 << 20, KEY_ROOM = 128 };

static const char *directory;

static cJSON *read_vectors(const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  char *json = malloc(FILE_MAXIMUM_BYTES);
  const size_t length = fread(json, 1, FILE_MAXIMUM_BYTES, file);
  fclose(file);
  cJSON *vectors = cJSON_ParseWithLength(json, length);
  free(json);
  CHECK_THAT(vectors != NULL, "%s is no JSON", path);
  return vectors;
}

/// The text of a field, or "" where it is null or missing.
static const char *text_of(const cJSON *vector, const char *field) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(vector, field));
  return text == NULL ? "" : text;
}

static bool must_fail(const cJSON *vector) {
  return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(vector, "expect-fail"));
}

static lk_bytes bytes_of_text(const char *text) { return (lk_bytes){(const uint8_t *)text, strlen(text)}; }

/// Decodes a key of exactly `length` bytes.
static bool key_of(uint8_t *key, size_t length, const char *hex) {
  uint8_t bytes[KEY_ROOM];
  size_t found = 0;
  if (!hex_decode(bytes, sizeof bytes, &found, hex) || found != length) return false;
  memcpy(key, bytes, length);
  return true;
}

/// Verifies the vector's token. For a vector meant for other keys than ours, its key serves as public key.
static lk_token_result verify(const cJSON *vector, uint8_t *message, size_t *length) {
  uint8_t key[LK_PUBLIC_KEY_BYTES];
  const char *hex = text_of(vector, "public-key");
  CHECK(key_of(key, sizeof key, hex[0] != '\0' ? hex : text_of(vector, "key")));
  return lk_token_verify(message, length, bytes_of_text(text_of(vector, "token")),
                         bytes_of_text(text_of(vector, "footer")),
                         bytes_of_text(text_of(vector, "implicit-assertion")), key);
}

static void check_signed(const cJSON *vector) {
  const char *name = text_of(vector, "name"), *payload = text_of(vector, "payload");
  uint8_t seed[LK_KEY_SEED_BYTES], secret[LK_SECRET_KEY_BYTES], expected[LK_SECRET_KEY_BYTES];
  uint8_t public_half[LK_PUBLIC_KEY_BYTES], message[LK_TOKEN_MAXIMUM_MESSAGE];
  CHECK(key_of(seed, sizeof seed, text_of(vector, "secret-key-seed")));
  CHECK(key_of(expected, sizeof expected, text_of(vector, "secret-key")));
  lk_key_pair(public_half, secret, seed);
  CHECK_THAT(memcmp(secret, expected, sizeof secret) == 0, "%s", name);
  char token[ROOM];
  size_t length = sizeof token;
  CHECK(lk_token_sign(token, &length, bytes_of_text(payload), bytes_of_text(text_of(vector, "footer")),
                      bytes_of_text(text_of(vector, "implicit-assertion")), secret) == LK_TOKEN_OK);
  CHECK_TEXT(token, text_of(vector, "token"));
  length = sizeof message;
  CHECK_THAT(verify(vector, message, &length) == LK_TOKEN_OK, "%s", name);
  CHECK_THAT(length == strlen(payload) && memcmp(message, payload, length) == 0, "%s", name);
}

static void paseto_vectors(void) {
  cJSON *file = read_vectors("paseto-v4.json"), *vector = NULL;
  int signed_ones = 0, failing = 0, others = 0;
  cJSON_ArrayForEach(vector, cJSON_GetObjectItemCaseSensitive(file, "tests")) {
    uint8_t message[LK_TOKEN_MAXIMUM_MESSAGE];
    size_t length = sizeof message;
    const bool is_public = strncmp(text_of(vector, "token"), "v4.public.", 10) == 0;
    if (is_public && !must_fail(vector)) {
      check_signed(vector);
      signed_ones++;
      continue;
    }
    const lk_token_result result = verify(vector, message, &length);
    CHECK_THAT(result != LK_TOKEN_OK, "%s is accepted", text_of(vector, "name"));
    if (!is_public) CHECK_THAT(result == LK_TOKEN_MALFORMED, "%s", text_of(vector, "name"));
    if (must_fail(vector)) failing++;
    else others++;
  }
  cJSON_Delete(file);
  printf("       %d v4.public, %d that must fail, %d of other purposes refused\n", signed_ones, failing,
         others);
  CHECK(signed_ones >= 3 && failing >= 5 && others >= 9);
}

static void key_id_vectors(void) {
  cJSON *file = read_vectors("paserk-k4.pid.json"), *vector = NULL;
  int ids = 0, failing = 0;
  cJSON_ArrayForEach(vector, cJSON_GetObjectItemCaseSensitive(file, "tests")) {
    uint8_t key[LK_PUBLIC_KEY_BYTES];
    const bool is_key = key_of(key, sizeof key, text_of(vector, "key"));
    CHECK_THAT(is_key != must_fail(vector), "%s", text_of(vector, "name"));
    failing += must_fail(vector);
    if (!is_key) continue;
    char id[LK_KEY_ID_BYTES];
    lk_key_id(id, key);
    CHECK_TEXT(id, text_of(vector, "paserk"));
    ids++;
  }
  cJSON_Delete(file);
  printf("       %d key ids, %d keys that must fail\n", ids, failing);
  CHECK(ids >= 3 && failing >= 2);
}

/// A key id is a digest over the k4.public form: computed here from the published form.
static void public_key_vectors(void) {
  cJSON *file = read_vectors("paserk-k4.public.json"), *vector = NULL;
  int keys = 0;
  cJSON_ArrayForEach(vector, cJSON_GetObjectItemCaseSensitive(file, "tests")) {
    uint8_t key[LK_PUBLIC_KEY_BYTES], digest[33];
    const bool is_key = key_of(key, sizeof key, text_of(vector, "key"));
    CHECK_THAT(is_key != must_fail(vector), "%s", text_of(vector, "name"));
    if (!is_key) continue;
    char material[256], expected[LK_KEY_ID_BYTES] = "k4.pid.", id[LK_KEY_ID_BYTES];
    snprintf(material, sizeof material, "k4.pid.%s", text_of(vector, "paserk"));
    crypto_generichash(digest, sizeof digest, (const uint8_t *)material, strlen(material), NULL, 0);
    sodium_bin2base64(expected + 7, sizeof expected - 7, digest, sizeof digest,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    lk_key_id(id, key);
    CHECK_TEXT(id, expected);
    keys++;
  }
  cJSON_Delete(file);
  printf("       %d public keys\n", keys);
  CHECK(keys >= 3);
}

/// A secret key is its seed and the public key that follows from it: what must fail does not hold together.
static void secret_key_vectors(void) {
  cJSON *file = read_vectors("paserk-k4.secret.json"), *vector = NULL;
  int keys = 0, failing = 0;
  cJSON_ArrayForEach(vector, cJSON_GetObjectItemCaseSensitive(file, "tests")) {
    uint8_t key[LK_SECRET_KEY_BYTES], secret[LK_SECRET_KEY_BYTES] = {0}, public_half[LK_PUBLIC_KEY_BYTES];
    bool holds = key_of(key, sizeof key, text_of(vector, "key"));
    if (holds) {
      lk_key_pair(public_half, secret, key);
      holds = memcmp(secret, key, sizeof key) == 0;
    }
    CHECK_THAT(holds != must_fail(vector), "%s", text_of(vector, "name"));
    if (holds) {
      uint8_t expected[LK_PUBLIC_KEY_BYTES];
      CHECK(key_of(expected, sizeof expected, text_of(vector, "public-key")));
      CHECK(memcmp(public_half, expected, sizeof expected) == 0);
    }
    keys += holds;
    failing += must_fail(vector);
  }
  cJSON_Delete(file);
  printf("       %d secret keys, %d that must fail\n", keys, failing);
  CHECK(keys >= 3 && failing >= 2);
}

int main(int count, char **arguments) {
  if (lk_crypto_start() != 0 || count != 2) return 2;
  directory = arguments[1];
  struct stat found;
  if (stat(directory, &found) != 0 || !S_ISDIR(found.st_mode)) {
    printf("SKIPPED published vectors: no directory %s\n0 passed, 0 failed\n", directory);
    return 0;
  }
  RUN("H2 published PASETO v4 vectors", paseto_vectors);
  RUN("H2 published PASERK k4.pid vectors", key_id_vectors);
  RUN("H2 published PASERK k4.public vectors give the same key ids", public_key_vectors);
  RUN("H2 published PASERK k4.secret vectors", secret_key_vectors);
  return check_report();
}
