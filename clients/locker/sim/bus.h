/// bus.h — the boards' side of the RS-485 line: a pseudo-terminal that speaks KR-CU16.
///
/// Frames with a wrong sum are ignored. Frames that follow on another without the silence of 3.5 characters
/// that RS-485 wants are obeyed, but counted.
#ifndef BOARD_BUS_H
#define BOARD_BUS_H

#include "cabinet.h"
#include "kr_cu16_frame.h"

enum { BUS_PATH_BYTES = 64, BUS_DEFAULT_UNLOCK_TIME_MS = 500, BUS_NEVER_ANSWERS = -1 };

typedef struct {
  bool dead;                  ///< answers nothing and opens nothing
  unsigned unlock_time_ms;
  uint64_t answer_ms;         ///< busy until the answer to an unlock is due; UINT64_MAX: none is
  uint64_t delayed_ms[CABINET_DOORS_A_BOARD];  ///< when a delayed unlock is due; UINT64_MAX: none is
} bus_board;

typedef struct bus {
  int fd;                     ///< the master side
  int held;                   ///< the other side, held open so that a controller may come and go
  char path[BUS_PATH_BYTES];  ///< what a controller opens
  cabinet *cabinet;
  bus_board boards[CABINET_MAXIMUM_BOARDS];
  unsigned board_count;
  unsigned baud;
  int unlock_answer_ms;       ///< after an unlock, or BUS_NEVER_ANSWERS
  kr_decoder decoder;
  uint64_t active_us;         ///< when a byte last was on the line
  uint64_t frames;
  uint64_t frames_without_gap;
  uint64_t unlocks;
  uint64_t unlocks_of_all;
} bus;

/// Opens the pseudo-terminal. Returns 0, or -1 with errno. `cabinet` outlives the bus.
int bus_open(bus *bus, cabinet *cabinet, unsigned boards, int unlock_answer_ms)
    __attribute__((warn_unused_result));
void bus_close(bus *bus);

/// Reads, obeys and answers what is due.
void bus_advance(bus *bus, uint64_t now_ms);
uint64_t bus_wake_up_ms(const bus *bus);

#endif
