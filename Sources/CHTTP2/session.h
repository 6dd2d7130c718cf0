#pragma once

#include <chttp2.h>
#include <nghttp2/nghttp2.h>

/// Bytes, which begin at `start` of the memory. Few of them need no memory but that beside the buffer.
typedef struct {
  uint8_t *memory;
  size_t start, count, capacity;
  uint8_t *beside;
  size_t beside_capacity;
} buffer;

/// Empty, with memory that lasts as long as the buffer.
void buffer_init(buffer *it, uint8_t *beside, size_t capacity);
/// The place of so many bytes more, for the caller to write; NULL when there is no memory.
uint8_t *buffer_extend(buffer *it, size_t count);
/// False when there is no memory.
bool buffer_append(buffer *to, const uint8_t *bytes, size_t count);
void buffer_drop(buffer *from, size_t count);
void buffer_free(buffer *it);
static inline const uint8_t *buffer_bytes(const buffer *it) { return it->memory + it->start; }

/// Bytes that most heads and small messages fit.
enum { USUAL_HEAD = 384, USUAL_BODY = 128 };

/// Bytes of a request that may follow its whole answer. A peer that sends more is told to stop.
enum { UNWANTED_BYTES = 64 << 10 };

struct ch2_stream {
  ch2_session *session;
  /// In the list of all.
  ch2_stream *before, *after;
  /// In the queue of those with news.
  ch2_stream *next_with_news;
  void *owner;

  /// The request's fields, packed, and what they cost.
  buffer head;
  size_t header_bytes;
  buffer body;
  /// Bytes that came and were not credited to the peer.
  size_t owed;
  /// Bytes that came after the whole answer had been sent.
  size_t unwanted;

  buffer out;
  /// Its own copy, unless they are a block's.
  nghttp2_nv *trailers;
  size_t trailer_count;
  /// CH2_ROOM is news when no more than this waits.
  size_t room_mark;

  uint8_t usual_head[USUAL_HEAD], usual_body[USUAL_BODY], usual_out[USUAL_BODY];

  int32_t id;
  uint32_t news;
  bool is_queued, is_head_complete, is_oversized;
  bool has_answer, has_finished, is_answer_sent, is_to_stop, is_deferred, wants_room, is_closed;
  bool owns_trailers, has_lent;
};

struct ch2_block {
  size_t count;
  nghttp2_nv pairs[];
};

enum {
  FRAME_HEAD_BYTES = 9,
  /// The head, and of PRIORITY the stream that is depended on.
  LONGEST_HEAD = FRAME_HEAD_BYTES + 4,
  /// Places for streams that the peer has ended. Ids that far apart share one; the end that came last is in it.
  REMEMBERED_ENDS = 32,
  /// The same for streams that we reset: the reset that came last is in it.
  REMEMBERED_RESETS = 32,
};

/// Follows the frames that the peer sends, for rules of RFC 9113 that nghttp2 does not see to: it forgets a stream
/// that is closed, and passes over what comes for it and over priorities. Looks at the heads of frames alone.
typedef struct {
  uint8_t head[LONGEST_HEAD];
  /// How much of `head` is here; and how much of a payload, or of the preface, comes before the next.
  size_t head_count, payload_left;
  /// The largest stream id of the peer's; and those that it passed over last.
  int32_t last_stream, first_skipped, last_skipped;
  /// Ids of streams that the peer ended or reset.
  int32_t ended[REMEMBERED_ENDS];
} frame_order;

/// Before the peer's preface.
void order_init(frame_order *it);
/// How many of the bytes stand before the first frame that breaks a rule, whose error is told then; all, when none
/// does. Where the head of such a frame came in pieces, no more of it than begins it.
size_t order_check(frame_order *it, const uint8_t *bytes, size_t count, uint32_t *error);

struct ch2_session {
  nghttp2_session *wire;
  ch2_limits limits;
  frame_order order;
  ch2_stream *streams;
  ch2_stream *first_with_news, *last_with_news;
  /// Of what nghttp2 gave to send, what did not fit.
  ch2_bytes rest;
  uint64_t pings, pongs, frames_sent, resets_sent, bytes_sent;
  /// Bytes in the `out` of all streams.
  size_t waiting;
  /// Ids of streams whose RST_STREAM was sent.
  int32_t reset[REMEMBERED_RESETS];
  bool is_broken;
};

/// Puts a stream in the queue of those with news, once.
void note(ch2_stream *stream, ch2_news news);

/// What nghttp2 calls.
void set_callbacks(nghttp2_session_callbacks *callbacks);

/// Gives nghttp2 the bytes that wait.
ssize_t read_answer(nghttp2_session *wire, int32_t id, uint8_t *into, size_t capacity, uint32_t *flags,
                    nghttp2_data_source *source, void *context);
