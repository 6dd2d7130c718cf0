/// support.h — what several test programs need: hex, golden files, a seeded generator of test data.
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// Decodes lower-case hex; `-` is the empty string. Returns false when it is not hex or over `capacity`.
bool hex_decode(uint8_t *bytes, size_t capacity, size_t *length, const char *hex);

/// Writes `2 * length + 1` characters.
void hex_encode(char *hex, const uint8_t *bytes, size_t length);

enum { GOLDEN_FIELDS = 6, GOLDEN_LINE_BYTES = 8192 };

/// One line of a golden file, split at blanks.
typedef struct {
  char text[GOLDEN_LINE_BYTES];
  char *fields[GOLDEN_FIELDS];
  size_t count;
} golden_line;

/// Opens `golden/<name>` beside the tests; ends the program with a message when that fails.
FILE *golden_open(const char *name);

/// Reads the next line that is neither empty nor a comment (`#`). False at the end.
bool golden_next(FILE *file, golden_line *line);

/// Repeatable test data, never a source of secrets (SplitMix64).
typedef struct {
  uint64_t state;
} test_random;

uint64_t random_next(test_random *random);
/// Evenly in 0 … `bound` − 1, near enough for tests; `bound` > 0.
uint64_t random_below(test_random *random, uint64_t bound);
void random_fill(test_random *random, uint8_t *bytes, size_t length);

/// The seed on the command line after `--seed`, else `standard`. Prints it.
uint64_t seed_from(int count, char **arguments, uint64_t standard);

#endif
