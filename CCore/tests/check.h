/// check.h — the test frame: `RUN("sentence", function)` runs one test, `CHECK…` inside it count failures.
/// A test goes on after a failed check; only its first failures are printed. Each test program has one
/// file that includes this, and ends with `return check_report();`.
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
} check_state;

static check_state check = {0, 0, 0, 0};

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

static inline void check_run(const char *sentence, void (*test)(void)) {
  check.failures = 0;
  test();
  if (check.failures == 0) check.passed++;
  else check.failed++;
  printf("%s %s", check.failures == 0 ? "ok    " : "FAILED", sentence);
  if (check.failures > 0) printf(" (%" PRIu64 " checks failed)", check.failures);
  printf("\n");
  fflush(stdout);
}

#define RUN(sentence, test) check_run((sentence), (test))

/// Prints the totals. Returns the program's exit code.
static inline int check_report(void) {
  printf("%" PRIu64 " checks\n%d passed, %d failed\n", check.checks, check.passed, check.failed);
  return check.failed == 0 && check.passed > 0 ? 0 : 1;
}

#endif
