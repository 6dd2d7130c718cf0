/// bus.h — the boards' side of the RS-485 line: a pseudo-terminal that speaks KR-CU16.
///
/// Frames with a wrong sum are ignored. Frames that follow on another without the silence of 3.5 characters
/// that RS-485 wants are obeyed, but counted. The line is half-duplex, and this is its worst day: whoever
/// speaks while a board has yet to answer an unlock speaks at the very moment of that answer, and spoils it.
#ifndef BOARD_BUS_H
#define BOARD_BUS_H

#include "cabinet.h"
#include "kr_cu16_frame.h"

enum { BUS_PATH_BYTES = 64, BUS_BAUD = 19200, BUS_DEFAULT_UNLOCK_TIME_MS = 500, BUS_NEVER_ANSWERS = -1 };

/// How the boards behave.
typedef struct {
  unsigned boards;
  int unlock_answer_ms;          ///< after an unlock, or BUS_NEVER_ANSWERS
  unsigned kept_unlock_time_ms;  ///< whatever they are told; 0: what they are told
} bus_options;

typedef struct {
  bool dead;                  ///< answers nothing and opens nothing
  unsigned unlock_time_ms;
  uint64_t answer_ms;         ///< busy until the answer to an unlock is due; UINT64_MAX: none is
  bool spoiled;               ///< somebody spoke before that answer
} bus_board;

typedef struct bus {
  int fd;                     ///< the master side
  int held;                   ///< the other side, held open so that a controller may come and go
  char path[BUS_PATH_BYTES];  ///< what a controller opens
  cabinet *cabinet;
  bus_board boards[CABINET_MAXIMUM_BOARDS];
  bus_options options;
  kr_decoder decoder;
  uint64_t active_us;         ///< when a byte last was on the line
  uint64_t frames;
  uint64_t frames_without_gap;
  uint64_t spoiled_answers;
  uint64_t unlocks;
  uint64_t unlocks_of_all;
} bus;

/// Opens the pseudo-terminal. Returns 0, or -1 with errno. `cabinet` outlives the bus.
int bus_open(bus *bus, cabinet *cabinet, const bus_options *options) __attribute__((warn_unused_result));
void bus_close(bus *bus);

/// Reads, obeys and answers what is due.
void bus_advance(bus *bus, uint64_t now_ms);
uint64_t bus_wake_up_ms(const bus *bus);

#endif
