#include "kr_cu16_line.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "serial.h"

enum { BITS_PER_CHARACTER = 10 };

static uint64_t duration_of_characters(const kr_line *line, size_t tenths) {
  return ((uint64_t)tenths * BITS_PER_CHARACTER * 100 + line->baud - 1) / line->baud;
}

/// The silence that RS-485 wants between frames: 3.5 characters or more.
static uint64_t gap_ms(const kr_line *line) {
  const uint64_t characters_ms = duration_of_characters(line, 35);
  return characters_ms > KR_MINIMUM_GAP_MS ? characters_ms : KR_MINIMUM_GAP_MS;
}

int kr_line_open(kr_line *line, uint64_t now_ms) {
  line->fd = serial_open(line->path, line->baud);
  line->received_length = line->taken = 0;
  kr_line_release(line, now_ms);
  return line->fd >= 0 ? 0 : -1;
}

void kr_line_close(kr_line *line) {
  if (line->fd >= 0) close(line->fd);
  line->fd = -1;
}

bool kr_line_is_free(const kr_line *line, uint64_t now_ms) {
  return !line->awaits_answer && now_ms >= line->free_ms;
}

bool kr_line_send(kr_line *line, const kr_frame *frame, uint64_t answer_ms, uint64_t now_ms) {
  uint8_t bytes[KR_FRAME_MAXIMUM_BYTES];
  const size_t length = kr_frame_write(bytes, frame);
  assert(length > 0 && kr_line_is_free(line, now_ms));
  if (write(line->fd, bytes, length) != (ssize_t)length) return false;
  line->awaits_answer = true;
  line->answer_by_ms = now_ms + duration_of_characters(line, length * 10) + answer_ms;
  return true;
}

void kr_line_release(kr_line *line, uint64_t now_ms) {
  line->awaits_answer = false;
  line->free_ms = now_ms + gap_ms(line);
  line->decoder.length = 0;
}

kr_line_result kr_line_receive(kr_line *line, kr_frame *frame, uint64_t now_ms) {
  for (;;) {
    while (line->taken < line->received_length) {
      if (kr_decoder_take(&line->decoder, line->received[line->taken++], frame)) return KR_LINE_FRAME;
    }
    const ssize_t count = read(line->fd, line->received, sizeof line->received);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return KR_LINE_GONE;
    if (count <= 0) return KR_LINE_NOTHING;
    line->received_length = (size_t)count;
    line->taken = 0;
    line->free_ms = now_ms + gap_ms(line);
  }
}
