/// check.h — the least that a unit test needs: a named case, a check that says where it failed.
#ifndef LOCKER_CHECK_H
#define LOCKER_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static const char *check_case = "";
static int check_cases = 0;

/// Begins a case; its name is a sentence.
#define CASE(sentence) (check_case = (sentence), check_cases++)

#define CHECK(condition)                                                                            \
  do {                                                                                              \
    if (!(condition)) {                                                                             \
      fprintf(stderr, "%s:%d: failed: %s\n  in: %s\n", __FILE__, __LINE__, #condition, check_case); \
      exit(1);                                                                                      \
    }                                                                                               \
  } while (0)

/// Ends a test program.
#define DONE() (printf("%s: %d cases passed\n", __FILE__, check_cases), 0)

#endif
