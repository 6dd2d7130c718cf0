#include "session.h"

/// RFC 9113: 3.4 and 6.3.
enum { PREFACE_BYTES = 24, PRIORITY_BYTES = 5 };

void order_init(frame_order *it) { *it = (frame_order){.payload_left = PREFACE_BYTES}; }

/// A stream's id, without the bit beside it.
static int32_t id_at(const uint8_t *bytes) {
  return (int32_t)((uint32_t)(bytes[0] & 0x7F) << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
                   bytes[3]);
}

static size_t payload_bytes(const uint8_t *head) { return (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2]; }

/// Of PRIORITY, what its stream depends on belongs to the head. One that is too short for it nghttp2 refuses.
static size_t head_bytes(const uint8_t *head) {
  bool has_dependency = head[3] == NGHTTP2_PRIORITY && payload_bytes(head) == PRIORITY_BYTES;
  return has_dependency ? LONGEST_HEAD : FRAME_HEAD_BYTES;
}

/// 5.1.1: ids rise, and those that are passed over count as closed.
static uint32_t judge_new_stream(frame_order *it, int32_t id) {
  if (id <= it->last_stream) {
    bool was_skipped = id >= it->first_skipped && id <= it->last_skipped;
    return was_skipped ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_NO_ERROR;
  }
  if (id > it->last_stream + 2) {
    it->first_skipped = it->last_stream + 2;
    it->last_skipped = id - 2;
  }
  it->last_stream = id;
  return NGHTTP2_NO_ERROR;
}

/// What is wrong with a frame; NGHTTP2_NO_ERROR when nothing is that we look at.
static uint32_t judge(frame_order *it, const uint8_t *head) {
  uint8_t type = head[3], flags = head[4];
  int32_t id = id_at(head + 5);
  if (type == NGHTTP2_PRIORITY) {
    bool is_of_itself = head_bytes(head) == LONGEST_HEAD && id_at(head + FRAME_HEAD_BYTES) == id;
    return id == 0 || is_of_itself ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_NO_ERROR;
  }
  bool is_request = type == NGHTTP2_DATA || type == NGHTTP2_HEADERS;
  bool is_reset = type == NGHTTP2_RST_STREAM;
  // Clients have the odd ids; others nghttp2 refuses.
  if (id % 2 == 0 || !(is_request || is_reset)) return NGHTTP2_NO_ERROR;
  int32_t *ended = &it->ended[(uint32_t)id / 2 % REMEMBERED_ENDS];
  // 5.1: nothing of a request follows its end.
  if (is_request && *ended == id) return NGHTTP2_STREAM_CLOSED;
  if (is_reset || (flags & NGHTTP2_FLAG_END_STREAM) != 0) *ended = id;
  return type == NGHTTP2_HEADERS ? judge_new_stream(it, id) : NGHTTP2_NO_ERROR;
}

size_t order_check(frame_order *it, const uint8_t *bytes, size_t count, uint32_t *error) {
  for (size_t at = 0; at < count;) {
    if (it->payload_left > 0) {
      size_t passed = it->payload_left < count - at ? it->payload_left : count - at;
      it->payload_left -= passed;
      at += passed;
      continue;
    }
    const uint8_t *head = it->head;
    size_t before = at;
    if (it->head_count == 0 && count - at >= LONGEST_HEAD) {
      // Most heads come whole, and are read where they are.
      head = bytes + at;
      at += head_bytes(head);
    } else {
      it->head[it->head_count++] = bytes[at++];
      if (it->head_count < FRAME_HEAD_BYTES || it->head_count < head_bytes(it->head)) continue;
      it->head_count = 0;
    }
    it->payload_left = FRAME_HEAD_BYTES + payload_bytes(head) - head_bytes(head);
    *error = judge(it, head);
    if (*error != NGHTTP2_NO_ERROR) return before;
  }
  return count;
}
