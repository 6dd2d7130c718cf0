/// The primitives of crypto.h: digests, compare, sealed secrets, passwords.
#include <ccore/crypto.h>
#include <stdlib.h>

#include "check.h"
#include "support.h"

static const uint8_t key[LK_KEY_BYTES] = {1, 2, 3};

/// Bytes 0, 1, 2 … 255, 0, 1 … as the golden file's messages and keys are.
static void count_up(uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)i;
}

static void digests_are_golden(void) {
  FILE *file = golden_open("digest.txt");
  golden_line line;
  int digests = 0;
  while (golden_next(file, &line)) {
    uint8_t message[1024], counted_key[LK_KEY_BYTES], digest[LK_DIGEST_BYTES];
    const size_t length = (size_t)atoi(line.fields[1]);
    count_up(message, length);
    count_up(counted_key, sizeof counted_key);
    lk_digest(digest, message, length, strcmp(line.fields[0], "keyed") == 0 ? counted_key : NULL);
    char hex[2 * LK_DIGEST_BYTES + 1];
    hex_encode(hex, digest, sizeof digest);
    CHECK_TEXT(hex, line.fields[2]);
    digests++;
  }
  fclose(file);
  CHECK_NUMBER(digests, 16);
}

static void equal_compares_every_byte(void) {
  uint8_t left[40], right[40];
  count_up(left, sizeof left);
  count_up(right, sizeof right);
  CHECK(lk_equal(left, right, sizeof left));
  CHECK(lk_equal(left, right, 0));
  for (size_t i = 0; i < sizeof left; i++) {
    for (int bit = 0; bit < 8; bit++) {
      right[i] ^= (uint8_t)(1 << bit);
      CHECK(!lk_equal(left, right, sizeof left));
      CHECK(lk_equal(left, right, i));
      right[i] ^= (uint8_t)(1 << bit);
    }
  }
}

static void random_bytes_differ_and_wipe_clears(void) {
  uint8_t one[64], other[64];
  static const uint8_t zeros[64] = {0};
  lk_random(one, sizeof one);
  lk_random(other, sizeof other);
  CHECK(memcmp(one, other, sizeof one) != 0);
  lk_wipe(one, sizeof one);
  CHECK(memcmp(one, zeros, sizeof one) == 0);
}

enum { SECRET = 33, SEALED = SECRET + LK_SEAL_OVERHEAD_BYTES };
static const uint8_t context[] = "outbox/17";

static void sealed_secrets_open(void) {
  uint8_t message[256], sealed[256 + LK_SEAL_OVERHEAD_BYTES], opened[256];
  count_up(message, sizeof message);
  for (size_t length = 0; length <= sizeof message; length++) {
    lk_seal(sealed, message, length, context, sizeof context, key);
    memset(opened, 0xAA, sizeof opened);
    CHECK(lk_unseal(opened, sealed, length + LK_SEAL_OVERHEAD_BYTES, context, sizeof context, key) == 0);
    CHECK(memcmp(opened, message, length) == 0);
  }
  lk_seal(sealed, message, SECRET, NULL, 0, key);
  CHECK(lk_unseal(opened, sealed, SEALED, NULL, 0, key) == 0);
  CHECK(lk_unseal(opened, sealed, SEALED, context, sizeof context, key) == -1);
}

static void sealing_never_repeats_itself(void) {
  uint8_t message[SECRET], one[SEALED], other[SEALED];
  count_up(message, sizeof message);
  lk_seal(one, message, SECRET, context, sizeof context, key);
  lk_seal(other, message, SECRET, context, sizeof context, key);
  CHECK(memcmp(one, other, 24) != 0);
  CHECK(memcmp(one + 24, other + 24, SECRET) != 0);
}

/// True when the sealed text does not open, and nothing of it is let out.
static bool stays_shut(const uint8_t *sealed, size_t length, const void *of, size_t of_length,
                       const uint8_t *with_key) {
  static const uint8_t zeros[SECRET] = {0};
  uint8_t opened[SECRET];
  memset(opened, 0xAA, sizeof opened);
  if (lk_unseal(opened, sealed, length, of, of_length, with_key) != -1) return false;
  const size_t room = length < LK_SEAL_OVERHEAD_BYTES ? 0 : length - LK_SEAL_OVERHEAD_BYTES;
  return memcmp(opened, zeros, room) == 0;
}

static void altered_seals_stay_shut(void) {
  uint8_t message[SECRET], sealed[SEALED], opened[SECRET];
  count_up(message, sizeof message);
  lk_seal(sealed, message, SECRET, context, sizeof context, key);

  uint8_t wrong_key[LK_KEY_BYTES];
  for (size_t bit = 0; bit < 8 * sizeof key; bit++) {
    memcpy(wrong_key, key, sizeof key);
    wrong_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK(stays_shut(sealed, SEALED, context, sizeof context, wrong_key));
  }
  CHECK(stays_shut(sealed, SEALED, "outbox/18", sizeof context, key));
  CHECK(stays_shut(sealed, SEALED, context, sizeof context - 1, key));
  CHECK(stays_shut(sealed, SEALED, NULL, 0, key));
  for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
    sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK(stays_shut(sealed, SEALED, context, sizeof context, key));
    sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  for (size_t length = 0; length < SEALED; length++) {
    CHECK(stays_shut(sealed, length, context, sizeof context, key));
  }
  CHECK(lk_unseal(opened, sealed, SEALED, context, sizeof context, key) == 0);
}

static void passwords_match_their_hash_only(void) {
  char hash[LK_PASSWORD_HASH_BYTES], again[LK_PASSWORD_HASH_BYTES];
  const char password[] = "correct horse";
  CHECK(lk_password_hash(hash, password, strlen(password)) == 0);
  CHECK_THAT(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0, "%s", hash);
  CHECK(memchr(hash, 0, sizeof hash) != NULL);
  CHECK(lk_password_hash(again, password, strlen(password)) == 0);
  CHECK(strcmp(hash, again) != 0);
  CHECK(lk_password_matches(hash, password, strlen(password)));
  CHECK(lk_password_matches(again, password, strlen(password)));
  CHECK(!lk_password_matches(hash, password, strlen(password) - 1));
  CHECK(!lk_password_matches(hash, password, sizeof password));
  CHECK(!lk_password_matches(hash, "Correct horse", strlen(password)));
  CHECK(!lk_password_matches(hash, "", 0));
  hash[strlen(hash) - 1] = hash[strlen(hash) - 1] == 'A' ? 'Q' : 'A';
  CHECK(!lk_password_matches(hash, password, strlen(password)));
}

static void a_hash_of_other_costs_is_outdated(void) {
  char hash[LK_PASSWORD_HASH_BYTES];
  CHECK(lk_password_hash(hash, "x", 1) == 0);
  CHECK(!lk_password_is_outdated(hash));
  // "correct horse", made with less memory and one more pass.
  const char cheap[] = "$argon2id$v=19$m=8192,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  CHECK(lk_password_is_outdated(cheap));
  CHECK(lk_password_is_outdated(""));
  CHECK(lk_password_is_outdated("no hash"));
}

static void password_limits_hold(void) {
  char hash[LK_PASSWORD_HASH_BYTES];
  static char longest[LK_PASSWORD_MAXIMUM_BYTES + 1];
  memset(longest, 'x', sizeof longest);
  CHECK(lk_password_hash(hash, "", 0) == -1);
  CHECK(lk_password_hash(hash, longest, sizeof longest) == -1);
  CHECK(lk_password_hash(hash, longest, LK_PASSWORD_MAXIMUM_BYTES) == 0);
  CHECK(lk_password_matches(hash, longest, LK_PASSWORD_MAXIMUM_BYTES));
  CHECK(!lk_password_matches(hash, longest, LK_PASSWORD_MAXIMUM_BYTES - 1));
  CHECK(!lk_password_matches(hash, longest, sizeof longest));
  CHECK(lk_password_hash(hash, "x", 1) == 0);
  CHECK(lk_password_matches(hash, "x", 1));
}

static void strings_that_are_no_hash_never_match(void) {
  static const char *const strings[] = {"", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$",
                                        "$2b$10$abc"};
  for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
    CHECK_THAT(!lk_password_matches(strings[i], "x", 1), "%s", strings[i]);
  }
  char endless[LK_PASSWORD_HASH_BYTES + 1];
  memset(endless, '$', sizeof endless);
  CHECK(!lk_password_matches(endless, "x", 1));
}

int main(void) {
  if (lk_crypto_start() != 0 || lk_crypto_start() != 0) return 2;
  RUN("digests are golden, keyed and not, around the block size", digests_are_golden);
  RUN("equal looks at every bit", equal_compares_every_byte);
  RUN("random bytes differ, wiped bytes are zero", random_bytes_differ_and_wipe_clears);
  RUN("sealed secrets of every length open again", sealed_secrets_open);
  RUN("the same secret is never sealed alike", sealing_never_repeats_itself);
  RUN("S1 a seal altered, cut short, of another key or context stays shut and lets nothing out",
      altered_seals_stay_shut);
  RUN("a password matches its own hash and no other", passwords_match_their_hash_only);
  RUN("a hash of other costs is outdated", a_hash_of_other_costs_is_outdated);
  RUN("password limits hold on both sides", password_limits_hold);
  RUN("a string that is no hash matches nothing", strings_that_are_no_hash_never_match);
  return check_report();
}
