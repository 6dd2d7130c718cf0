/// kr_cu16_line.h — the RS-485 line of KR-CU16 boards: half-duplex, so one speaks at a time, with a gap
/// between frames. Which board is asked what is not its business.
#ifndef LOCKER_KR_CU16_LINE_H
#define LOCKER_KR_CU16_LINE_H

#include "kr_cu16_frame.h"

enum {
  KR_MINIMUM_GAP_MS = 5,  ///< between frames; more where 3.5 characters take longer
  KR_LINE_READ_BYTES = 256
};

typedef struct {
  const char *path;
  unsigned baud;
  int fd;                 ///< -1: closed
  bool awaits_answer;     ///< the other side may speak
  uint64_t answer_by_ms;  ///< its answer is awaited until then
  uint64_t free_ms;       ///< nobody speaks before it: the gap
  kr_decoder decoder;
  uint8_t received[KR_LINE_READ_BYTES];
  size_t received_length;
  size_t taken;
} kr_line;

/// Opens the line. Returns 0, or -1 with errno; see serial_open.
int kr_line_open(kr_line *line, uint64_t now_ms) __attribute__((warn_unused_result));

/// Harmless when closed.
void kr_line_close(kr_line *line);

/// True when a frame may be sent.
bool kr_line_is_free(const kr_line *line, uint64_t now_ms);

/// Sends a frame; the line then belongs to who answers, for `answer_ms` at most. False when it is gone.
bool kr_line_send(kr_line *line, const kr_frame *frame, uint64_t answer_ms, uint64_t now_ms)
    __attribute__((warn_unused_result));

/// Takes the line back after the gap: the answer came, or is not awaited any more.
void kr_line_release(kr_line *line, uint64_t now_ms);

typedef enum { KR_LINE_NOTHING, KR_LINE_FRAME, KR_LINE_GONE } kr_line_result;

/// The next frame that came.
kr_line_result kr_line_receive(kr_line *line, kr_frame *frame, uint64_t now_ms);

#endif
