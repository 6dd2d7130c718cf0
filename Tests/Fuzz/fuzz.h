/// fuzz.h — what the C harnesses share: numbers and bytes taken from the fuzzer's input, and a check that ends
/// the program. An input that has run out gives zeros, so that every input is a whole story.
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Says what does not hold, and where; libFuzzer then keeps the input.
#define REQUIRE(condition)                                                             \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);   \
      abort();                                                                         \
    }                                                                                  \
  } while (0)

typedef struct {
  const uint8_t *next;
  size_t left;
} fuzz_input;

static inline uint8_t fuzz_byte(fuzz_input *input) {
  if (input->left == 0) return 0;
  input->left--;
  return *input->next++;
}

/// `bytes` bytes, little endian.
static inline uint64_t fuzz_number(fuzz_input *input, int bytes) {
  uint64_t number = 0;
  for (int i = 0; i < bytes; i++) number |= (uint64_t)fuzz_byte(input) << (8 * i);
  return number;
}

/// From `minimum` to `maximum`, of two bytes.
static inline uint32_t fuzz_between(fuzz_input *input, uint32_t minimum, uint32_t maximum) {
  return minimum + (uint32_t)fuzz_number(input, 2) % (maximum - minimum + 1);
}

/// At most `length` bytes of the input itself, borrowed; `*taken` of them.
static inline const uint8_t *fuzz_take(fuzz_input *input, size_t length, size_t *taken) {
  const uint8_t *bytes = input->next;
  *taken = length < input->left ? length : input->left;
  input->next += *taken;
  input->left -= *taken;
  return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
