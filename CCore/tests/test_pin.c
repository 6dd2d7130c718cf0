/// PINs (S1): shape, trivial rules, uniformity, digests.
#include <ccore/pin.h>
#include <stdlib.h>

#include "check.h"
#include "support.h"

enum { ROOM = LK_PIN_MAXIMUM_DIGITS + 1 };

/// The nth seed of a fixed sequence: its number, little endian.
static void numbered_seed(uint8_t seed[LK_PIN_SEED_BYTES], uint64_t number) {
  memset(seed, 0, LK_PIN_SEED_BYTES);
  for (size_t i = 0; i < 8; i++) seed[i] = (uint8_t)(number >> 8 * i);
}

static void every_length_is_drawn(void) {
  uint8_t seed[LK_PIN_SEED_BYTES];
  for (size_t length = LK_PIN_MINIMUM_DIGITS; length <= LK_PIN_MAXIMUM_DIGITS; length++) {
    for (uint64_t number = 0; number < 2000; number++) {
      char digits[ROOM + 1], again[ROOM];
      memset(digits, '#', sizeof digits);
      numbered_seed(seed, number);
      CHECK(lk_pin_draw(digits, length, seed) == 0);
      CHECK(strspn(digits, "0123456789") == length);
      CHECK(digits[length] == '\0' && digits[length + 1] == '#');
      CHECK(!lk_pin_is_trivial(digits, length));
      CHECK(lk_pin_draw(again, length, seed) == 0);
      CHECK_TEXT(again, digits);
    }
  }
}

static void other_lengths_are_refused(void) {
  static const uint8_t seed[LK_PIN_SEED_BYTES] = {0};
  static const size_t wrong[] = {0, 1, LK_PIN_MINIMUM_DIGITS - 1, LK_PIN_MAXIMUM_DIGITS + 1, 1000, SIZE_MAX};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    char digits[ROOM] = "untouched";
    CHECK(lk_pin_draw(digits, wrong[i], seed) == -1);
    CHECK_TEXT(digits, "untouched");
  }
}

static void trivial_rules_have_two_sides(void) {
  static const char *const trivial[] = {
      "0000", "777777", "9999999999",                                            // all equal
      "0123", "1234", "7890", "890123", "9012", "0123456789", "3456789012",      // up
      "4321", "210987", "0987", "1098", "9876543210", "2109876543",              // down
      "1212", "123123", "121212", "12341234", "1234512345", "0101010101", "907907907",  // blocks
      "1900", "1987", "1999", "2000", "2024", "2099",                            // years
  };
  static const char *const fine[] = {
      "0001", "1000", "7777778", "8777777",
      "1235", "0234", "7891", "890124", "0123456780", "1357", "135791",
      "4320", "5321", "210986", "0988", "97531",
      "1213", "2112", "123124", "121213", "12341235", "12312", "1212121",
      "1899", "2100", "0190", "9190", "19870", "198704", "201987",
  };
  for (size_t i = 0; i < sizeof trivial / sizeof trivial[0]; i++) {
    CHECK_THAT(lk_pin_is_trivial(trivial[i], strlen(trivial[i])), "%s is trivial", trivial[i]);
  }
  for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
    CHECK_THAT(!lk_pin_is_trivial(fine[i], strlen(fine[i])), "%s is not trivial", fine[i]);
  }
}

static size_t power_of_ten(size_t exponent) { return exponent == 0 ? 1 : 10 * power_of_ten(exponent - 1); }

/// Marks every trivial PIN of a length by building them, not by judging: a second statement of the rules.
static void mark_trivial(bool *marked, size_t length) {
  for (size_t first = 0; first < 10; first++) {
    size_t up = 0, down = 0;
    for (size_t i = 0; i < length; i++) {
      up = up * 10 + (first + i) % 10;
      down = down * 10 + (first + 10 * length - i) % 10;
    }
    marked[up] = marked[down] = true;
  }
  for (size_t block = 1; block < length; block++) {
    if (length % block != 0) continue;
    const size_t repeated_ones = (power_of_ten(length) - 1) / (power_of_ten(block) - 1);
    for (size_t value = 0; value < power_of_ten(block); value++) marked[value * repeated_ones] = true;
  }
  if (length != 4) return;
  for (size_t year = 1900; year <= 2099; year++) marked[year] = true;
}

static void trivial_is_exact_for_every_short_pin(void) {
  static bool marked[1000000];
  for (size_t length = 4; length <= 6; length++) {
    memset(marked, 0, sizeof marked);
    mark_trivial(marked, length);
    for (size_t value = 0; value < power_of_ten(length); value++) {
      char digits[24];
      snprintf(digits, sizeof digits, "%0*zu", (int)length, value);
      CHECK_THAT(lk_pin_is_trivial(digits, length) == marked[value], "%s", digits);
    }
  }
}

static void malformed_pins_are_trivial(void) {
  static const char *const malformed[] = {"", "1", "739", "73914068251", "73x1",
                                          "73 1", " 7391", "7391\n", "７３９"};
  for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
    CHECK_THAT(lk_pin_is_trivial(malformed[i], strlen(malformed[i])), "%s", malformed[i]);
  }
}

/// Chi-square with nine degrees of freedom exceeds this once in 10,000 uniform samples.
static const double critical_9 = 33.72;

/// Holds the digits drawn at one position against how often each stands there in all PINs that may be drawn.
static void check_uniform(const uint64_t drawn[10], const double share[10], size_t length, size_t position) {
  double total = 0, chi_square = 0;
  for (size_t digit = 0; digit < 10; digit++) total += (double)drawn[digit];
  for (size_t digit = 0; digit < 10; digit++) {
    const double expected = total * share[digit];
    chi_square += ((double)drawn[digit] - expected) * ((double)drawn[digit] - expected) / expected;
  }
  CHECK_THAT(chi_square < critical_9, "length %zu, position %zu: chi-square %.1f", length, position,
             chi_square);
}

/// Leaving out trivial PINs keeps each position uniform, because the rules are the same for each digit.
/// Only years favour digits: for four digits the true shares are counted out.
static void true_shares(double share[LK_PIN_MAXIMUM_DIGITS][10], size_t length) {
  for (size_t position = 0; position < LK_PIN_MAXIMUM_DIGITS; position++) {
    for (size_t digit = 0; digit < 10; digit++) share[position][digit] = 0.1;
  }
  if (length != 4) return;
  memset(share, 0, 4 * sizeof share[0]);
  double total = 0;
  for (int value = 0; value < 10000; value++) {
    char digits[12];
    snprintf(digits, sizeof digits, "%04d", value);
    if (lk_pin_is_trivial(digits, 4)) continue;
    total++;
    for (size_t position = 0; position < 4; position++) share[position][digits[position] - '0']++;
  }
  for (size_t position = 0; position < 4; position++) {
    for (size_t digit = 0; digit < 10; digit++) share[position][digit] /= total;
  }
}

static void digits_are_uniform_at_every_position(void) {
  static const double even[10] = {.1, .1, .1, .1, .1, .1, .1, .1, .1, .1};
  uint64_t all[10] = {0}, digits_drawn = 0;
  for (size_t length = LK_PIN_MINIMUM_DIGITS; length <= LK_PIN_MAXIMUM_DIGITS; length++) {
    uint64_t drawn[LK_PIN_MAXIMUM_DIGITS][10] = {{0}};
    double share[LK_PIN_MAXIMUM_DIGITS][10];
    true_shares(share, length);
    for (uint64_t number = 0; number < 60000; number++) {
      uint8_t seed[LK_PIN_SEED_BYTES];
      char digits[ROOM];
      numbered_seed(seed, number << 8 | length);
      CHECK(lk_pin_draw(digits, length, seed) == 0);
      for (size_t i = 0; i < length; i++) drawn[i][digits[i] - '0']++;
    }
    for (size_t position = 0; position < length; position++) {
      check_uniform(drawn[position], share[position], length, position);
      for (size_t digit = 0; digit < 10 && length > 4; digit++) {
        all[digit] += drawn[position][digit];
        digits_drawn += drawn[position][digit];
      }
    }
  }
  check_uniform(all, even, 0, 0);
  CHECK(digits_drawn >= 1000000);
}

/// Hex or dash in the golden files to bytes; every golden field fits.
static size_t bytes_of(uint8_t *bytes, size_t capacity, const char *hex) {
  size_t length = 0;
  CHECK_THAT(hex_decode(bytes, capacity, &length, hex), "%s", hex);
  return length;
}

static void golden_pins_and_digests(void) {
  FILE *file = golden_open("pin.txt");
  golden_line line;
  int draws = 0, digests = 0;
  while (golden_next(file, &line)) {
    uint8_t first[LK_KEY_BYTES], location[LK_PIN_LOCATION_MAXIMUM_BYTES], digest[LK_DIGEST_BYTES];
    CHECK_NUMBER(bytes_of(first, sizeof first, line.fields[1]), sizeof first);
    if (strcmp(line.fields[0], "draw") == 0) {
      char digits[ROOM];
      CHECK(lk_pin_draw(digits, strlen(line.fields[2]), first) == 0);
      CHECK_TEXT(digits, line.fields[2]);
      draws++;
    } else {
      const size_t length = bytes_of(location, sizeof location, line.fields[2]);
      CHECK(lk_pin_digest(digest, first, location, length, line.fields[3], strlen(line.fields[3])) == 0);
      char hex[2 * LK_DIGEST_BYTES + 1];
      hex_encode(hex, digest, sizeof digest);
      CHECK_TEXT(hex, line.fields[4]);
      CHECK(lk_pin_matches(digest, first, location, length, line.fields[3], strlen(line.fields[3])));
      digests++;
    }
  }
  fclose(file);
  CHECK_NUMBER(draws, 14);
  CHECK_NUMBER(digests, 10);
}

static const uint8_t key[LK_KEY_BYTES] = {42};
static const uint8_t location[LK_PIN_LOCATION_MAXIMUM_BYTES + 1] = "locations/north";
enum { LOCATION_BYTES = 15 };

static void digests_are_bound_to_everything(void) {
  uint8_t digest[LK_DIGEST_BYTES], wrong[LK_PIN_LOCATION_MAXIMUM_BYTES];
  CHECK(lk_pin_digest(digest, key, location, LOCATION_BYTES, "739140", 6) == 0);
  CHECK(lk_pin_matches(digest, key, location, LOCATION_BYTES, "739140", 6));
  for (size_t bit = 0; bit < 8 * sizeof key; bit++) {
    memcpy(wrong, key, sizeof key);
    wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK(!lk_pin_matches(digest, wrong, location, LOCATION_BYTES, "739140", 6));
    memcpy(wrong, digest, sizeof digest);
    wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK(!lk_pin_matches(wrong, key, location, LOCATION_BYTES, "739140", 6));
  }
  for (size_t bit = 0; bit < 8 * LOCATION_BYTES; bit++) {
    memcpy(wrong, location, LOCATION_BYTES);
    wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK(!lk_pin_matches(digest, key, wrong, LOCATION_BYTES, "739140", 6));
  }
  for (size_t length = 0; length <= LK_PIN_LOCATION_MAXIMUM_BYTES; length++) {
    CHECK(lk_pin_matches(digest, key, location, length, "739140", 6) == (length == LOCATION_BYTES));
  }
  for (int value = 0; value < 1000000; value += 7) {
    char digits[12];
    snprintf(digits, sizeof digits, "%06d", value);
    CHECK(lk_pin_matches(digest, key, location, LOCATION_BYTES, digits, 6) == (value == 739140));
  }
  CHECK(!lk_pin_matches(digest, key, location, LOCATION_BYTES, "7391400", 7));
  CHECK(!lk_pin_matches(digest, key, location, LOCATION_BYTES, "73914", 5));
}

/// Where location and digits run together, the lengths keep them apart.
static void digests_keep_location_and_digits_apart(void) {
  uint8_t one[LK_DIGEST_BYTES], other[LK_DIGEST_BYTES];
  CHECK(lk_pin_digest(one, key, (const uint8_t *)"north1", 6, "234567", 6) == 0);
  CHECK(lk_pin_digest(other, key, (const uint8_t *)"north", 5, "1234567", 7) == 0);
  CHECK(memcmp(one, other, sizeof one) != 0);
}

static void malformed_digest_input_is_refused(void) {
  uint8_t digest[LK_DIGEST_BYTES];
  const size_t most = LK_PIN_LOCATION_MAXIMUM_BYTES;
  CHECK(lk_pin_digest(digest, key, location, most, "7391", 4) == 0);
  CHECK(lk_pin_digest(digest, key, location, 1, "7391406825", 10) == 0);
  CHECK(lk_pin_digest(digest, key, location, most + 1, "7391", 4) == -1);
  CHECK(lk_pin_digest(digest, key, location, 0, "7391", 4) == -1);
  CHECK(lk_pin_digest(digest, key, location, 1, "739", 3) == -1);
  CHECK(lk_pin_digest(digest, key, location, 1, "73914068251", 11) == -1);
  CHECK(lk_pin_digest(digest, key, location, 1, "", 0) == -1);
  for (int character = 0; character < 256; character++) {
    char digits[] = {'7', '3', (char)character, '1'};
    const bool is_digit = character >= '0' && character <= '9';
    CHECK_THAT(lk_pin_digest(digest, key, location, 1, digits, 4) == (is_digit ? 0 : -1), "%d", character);
    if (is_digit) continue;
    CHECK(!lk_pin_matches(digest, key, location, 1, digits, 4));
  }
}

int main(void) {
  if (lk_crypto_start() != 0) return 2;
  RUN("S1 PINs of 4 to 10 digits are drawn, repeatably, and never trivial", every_length_is_drawn);
  RUN("S1 no other length is drawn", other_lengths_are_refused);
  RUN("S1 each trivial rule has two sides", trivial_rules_have_two_sides);
  RUN("S1 trivial is exact for every PIN of 4 to 6 digits", trivial_is_exact_for_every_short_pin);
  RUN("S1 what is no PIN counts as trivial", malformed_pins_are_trivial);
  RUN("S1 digits are uniform at every position", digits_are_uniform_at_every_position);
  RUN("S1 PINs and digests are golden", golden_pins_and_digests);
  RUN("S1 a digest is bound to location, length, digits and key", digests_are_bound_to_everything);
  RUN("S1 location and digits do not run together", digests_keep_location_and_digits_apart);
  RUN("S1 malformed input has no digest", malformed_digest_input_is_refused);
  return check_report();
}
