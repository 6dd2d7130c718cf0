/// words.h — the lines by which a script or a person moves the simulated cabinet, each answered by one line
/// that begins with `ok` or `error`.
#ifndef BOARD_WORDS_H
#define BOARD_WORDS_H

#include <stddef.h>

#include "bus.h"
#include "people.h"

enum { WORDS_LINE_BYTES = 256, WORDS_ANSWER_BYTES = 32768 };

/// What a `wait` waits for.
typedef struct {
  bool active;
  unsigned number;
  bool for_count;  ///< for `count` openings; otherwise for the door to be `open` or not
  bool open;
  uint32_t count;
  uint64_t until_ms;
} words_wait;

typedef enum { WORDS_ANSWERED, WORDS_WAITS, WORDS_QUIT } words_result;

/// Obeys one line. With WORDS_WAITS, `wait` says for what; the answer comes from words_waited.
words_result words_obey(const char *line, bus *bus, people *people, words_wait *wait,
                        char answer[WORDS_ANSWER_BYTES], uint64_t now_ms);

/// True when a wait is over; the answer says how.
bool words_waited(const words_wait *wait, cabinet *cabinet, char answer[WORDS_ANSWER_BYTES], uint64_t now_ms);

#endif
