#include "support.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int nibble(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  return -1;
}

bool hex_decode(uint8_t *bytes, size_t capacity, size_t *length, const char *hex) {
  *length = 0;
  if (strcmp(hex, "-") == 0) return true;
  const size_t characters = strlen(hex);
  if (characters % 2 != 0 || characters / 2 > capacity) return false;
  for (size_t i = 0; i < characters; i += 2) {
    const int high = nibble(hex[i]), low = nibble(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[(*length)++] = (uint8_t)(high << 4 | low);
  }
  return true;
}

void hex_encode(char *hex, const uint8_t *bytes, size_t length) {
  static const char alphabet[] = "0123456789abcdef";
  for (size_t i = 0; i < length; i++) {
    *hex++ = alphabet[bytes[i] >> 4];
    *hex++ = alphabet[bytes[i] & 15];
  }
  *hex = '\0';
}

FILE *golden_open(const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", GOLDEN_DIRECTORY, name);
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  return file;
}

bool golden_next(FILE *file, golden_line *line) {
  while (fgets(line->text, sizeof line->text, file) != NULL) {
    line->count = 0;
    char *rest = line->text;
    for (;;) {
      rest += strspn(rest, " \t\r\n");
      if (*rest == '\0' || line->count == GOLDEN_FIELDS) break;
      line->fields[line->count++] = rest;
      rest += strcspn(rest, " \t\r\n");
      if (*rest != '\0') *rest++ = '\0';
    }
    if (line->count > 0 && line->fields[0][0] != '#') return true;
  }
  return false;
}

uint64_t random_next(test_random *random) {
  random->state += UINT64_C(0x9e3779b97f4a7c15);
  uint64_t mixed = random->state;
  mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
  return mixed ^ mixed >> 31;
}

uint64_t random_below(test_random *random, uint64_t bound) { return random_next(random) % bound; }

void random_fill(test_random *random, uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)random_next(random);
}

uint64_t seed_from(int count, char **arguments, uint64_t standard) {
  uint64_t seed = standard;
  if (count == 3 && strcmp(arguments[1], "--seed") == 0) seed = strtoull(arguments[2], NULL, 10);
  printf("seed %" PRIu64 " (rerun: %s --seed %" PRIu64 ")\n", seed, arguments[0], seed);
  return seed;
}
