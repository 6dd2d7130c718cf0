/// check.h — the test frame of all C tests: `RUN("sentence", function)` runs one test, or `CASE("sentence")`
/// begins one that lasts until the next; `CHECK…` inside it count failures. A test goes on after a failed
/// check; only its first failures are printed. Each test program ends with `return check_report();`, and one
/// file of it includes this.
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { CHECK_PRINTED_FAILURES = 10 };

typedef struct {
  int passed, failed;    ///< tests
  uint64_t checks;       ///< in all tests
  uint64_t failures;     ///< in the running test
  const char *sentence;  ///< of the running test; NULL: none is
} check_state;

static check_state check = {0, 0, 0, 0, NULL};

/// Counts a check. Returns true when it failed and there is still room to say why.
static inline bool check_fails(bool holds, const char *file, int line, const char *what) {
  check.checks++;
  if (holds) return false;
  check.failures++;
  if (check.failures > CHECK_PRINTED_FAILURES) return false;
  printf("  %s:%d: does not hold: %s\n", file, line, what);
  return true;
}

#define CHECK(condition) ((void)check_fails((condition), __FILE__, __LINE__, #condition))

/// With a printf-style explanation of the case at hand.
#define CHECK_THAT(condition, ...)                                       \
  do {                                                                   \
    if (check_fails((condition), __FILE__, __LINE__, #condition)) {      \
      printf("    ");                                                    \
      printf(__VA_ARGS__);                                               \
      printf("\n");                                                      \
    }                                                                    \
  } while (0)

#define CHECK_NUMBER(actual, expected)                                                            \
  do {                                                                                            \
    const int64_t check_actual = (int64_t)(actual), check_expected = (int64_t)(expected);          \
    CHECK_THAT(check_actual == check_expected, "%s is %" PRId64 ", not %" PRId64, #actual,        \
               check_actual, check_expected);                                                     \
  } while (0)

#define CHECK_TEXT(actual, expected)                                                        \
  do {                                                                                      \
    const char *check_actual = (actual), *check_expected = (expected);                      \
    CHECK_THAT(strcmp(check_actual, check_expected) == 0, "is   \"%s\"\n    not  \"%s\"",   \
               check_actual, check_expected);                                               \
  } while (0)

static inline void check_end(void) {
  if (check.sentence == NULL && check.failures == 0) return;
  if (check.failures == 0) check.passed++;
  else check.failed++;
  printf("%s %s", check.failures == 0 ? "ok    " : "FAILED",
         check.sentence != NULL ? check.sentence : "what stands outside of tests");
  if (check.failures > 0) printf(" (%" PRIu64 " checks failed)", check.failures);
  printf("\n");
  fflush(stdout);
  check.failures = 0;
  check.sentence = NULL;
}

static inline void check_begin(const char *sentence) {
  check_end();
  check.sentence = sentence;
}

#define CASE(sentence) check_begin(sentence)

#define RUN(sentence, test) (check_begin(sentence), (test)(), check_end())

/// Prints the totals. Returns the program's exit code.
static inline int check_report(void) {
  check_end();
  printf("%" PRIu64 " checks\n%d passed, %d failed\n", check.checks, check.passed, check.failed);
  return check.failed == 0 && check.passed > 0 ? 0 : 1;
}

#endif
