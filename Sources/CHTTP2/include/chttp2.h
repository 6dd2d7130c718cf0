/// HTTP/2 as a server speaks it, without input and output: bytes go in, news of streams come out, answers go in,
/// bytes come out. Over nghttp2.
///
/// One session serves one connection, on one thread. The order is always the same: `ch2_receive`, then `ch2_next`
/// until there is no more news, then `ch2_send` until there is nothing to send. Between them answers may be given at
/// any time; nothing here calls back.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ch2_session ch2_session;
typedef struct ch2_stream ch2_stream;
typedef struct ch2_block ch2_block;

/// Bytes that belong to somebody else.
typedef struct {
  const uint8_t *start;
  size_t count;
} ch2_bytes;

/// A header or trailer field. Names are lower case.
typedef struct {
  ch2_bytes name;
  ch2_bytes value;
} ch2_field;

typedef struct {
  /// Streams that the peer may have open at once. More are refused.
  uint32_t streams;
  /// Bytes of one request's body that may wait here, not consumed yet.
  uint32_t stream_window_bytes;
  /// The same of all bodies of a connection.
  uint32_t connection_window_bytes;
  /// Bytes of one request's header and trailer fields, counted as RFC 9113 does: name, value and 32 for each. A head
  /// beyond is `ch2_is_oversized`; trailers beyond are the stream's end.
  uint32_t header_bytes;
  /// Streams that the peer may reset: so many at once, and so many a second from then on. Beyond, the connection
  /// ends (rapid reset).
  uint32_t resets_at_once;
  uint32_t resets_a_second;
  /// Answers to SETTINGS and PING that wait to be sent. Beyond, the connection ends.
  uint32_t waiting_acknowledgements;
} ch2_limits;

/// What is new about a stream. Bits: several may be new at once.
typedef enum {
  /// The request's fields are complete: `ch2_head`.
  CH2_REQUEST = 1,
  /// There are bytes of its body: `ch2_take`.
  CH2_BODY = 2,
  /// The request is complete; what there is to take is the rest of it.
  CH2_END = 4,
  /// No more bytes wait to be sent than `ch2_ask_for_room` said.
  CH2_ROOM = 8,
  /// The stream is over. Answers to it are ignored. It is the owner's to `ch2_release`.
  CH2_CLOSED = 16,
} ch2_news;

/// Why a stream or a connection ends, as RFC 9113 numbers it.
typedef enum {
  CH2_NO_ERROR = 0,
  CH2_PROTOCOL_ERROR = 1,
  CH2_INTERNAL_ERROR = 2,
  CH2_REFUSED_STREAM = 7,
  CH2_CANCEL = 8,
  CH2_ENHANCE_YOUR_CALM = 11,
} ch2_code;

// The session -----------------------------------------------------------------------------------------

/// A session whose SETTINGS wait to be sent. NULL when there is no memory.
ch2_session *ch2_new(const ch2_limits *limits);

/// Ends it, with all of its streams, of which nothing is told any more.
void ch2_free(ch2_session *session);

/// Takes what the peer sent. False when the connection cannot go on: send what there is, and close it.
bool ch2_receive(ch2_session *session, const uint8_t *bytes, size_t count);

/// The next stream of which something is new, and what; NULL when nothing is.
ch2_stream *ch2_next(ch2_session *session, uint32_t *news);

/// Fills `buffer` with what is to be sent next; fewer bytes than `capacity` mean that this is all.
size_t ch2_send(ch2_session *session, uint8_t *buffer, size_t capacity);

/// Nothing more is to be read, or sent: close the connection.
bool ch2_is_over(const ch2_session *session);

/// Tells the peer to open no more streams, without refusing those that it is opening just now.
void ch2_announce_end(ch2_session *session);

/// Refuses streams that the peer opens from now on. The connection is over when the present ones are.
void ch2_end(ch2_session *session, ch2_code code, const char *why);

/// Asks the peer to answer. `ch2_pongs` counts its answers.
void ch2_ping(ch2_session *session);

/// PINGs that the peer has sent.
uint64_t ch2_pings(const ch2_session *session);
/// Answers to ours.
uint64_t ch2_pongs(const ch2_session *session);
/// HEADERS and DATA frames sent: a peer that gets something may ask more often.
uint64_t ch2_frames_sent(const ch2_session *session);
/// Streams that were reset because of what the peer did with them.
uint64_t ch2_resets_sent(const ch2_session *session);
/// Bytes of all answers that are not on their way yet, and those that are.
size_t ch2_waiting_in_all(const ch2_session *session);
uint64_t ch2_bytes_sent(const ch2_session *session);

/// All streams that are not released, in no order: the first, and the one after another. NULL after the last.
ch2_stream *ch2_first(const ch2_session *session);
ch2_stream *ch2_after(const ch2_stream *stream);

// Fields of many answers ------------------------------------------------------------------------------

/// Fields that are made once, for any number of answers of any sessions, on any thread. NULL when there is no memory.
ch2_block *ch2_block_new(const ch2_field *fields, size_t count);
/// When the last session that has it is freed.
void ch2_block_free(ch2_block *block);

// Streams ---------------------------------------------------------------------------------------------

/// What the user of a stream knows it by. NULL at first.
void *ch2_owner(const ch2_stream *stream);
void ch2_set_owner(ch2_stream *stream, void *owner);

/// The request's fields in their order, pseudo-header fields first, packed: of each the lengths of its name and its
/// value, as `uint32_t`s of this machine, then both. They last until `ch2_forget_head`, or `ch2_release`.
ch2_bytes ch2_head(const ch2_stream *stream);
void ch2_forget_head(ch2_stream *stream);
/// The request's fields were more than the limit; those beyond it are not kept.
bool ch2_is_oversized(const ch2_stream *stream);

/// Takes the bytes of the body that are here. They last until `ch2_give_back`, `ch2_receive` or `ch2_send`.
ch2_bytes ch2_take(ch2_stream *stream);
void ch2_give_back(ch2_stream *stream);
/// Lets the peer send as many bytes again, once those taken are out of the way; no more than were taken.
void ch2_credit(ch2_stream *stream, size_t count);

/// Sends the head of the answer, whose first field is `:status`; copied. With `is_end` that is all of it.
void ch2_respond(ch2_stream *stream, const ch2_field *fields, size_t count, bool is_end);
void ch2_respond_with(ch2_stream *stream, const ch2_block *fields, bool is_end);
/// Sends bytes of the answer's body, after those before; copied.
void ch2_write(ch2_stream *stream, const uint8_t *bytes, size_t count);
/// Ends the answer, with trailer fields if there are any; copied. The stream stays while the peer is still sending:
/// that is passed over, so that it hears what is wrong with it, and after 64 KiB of it the peer is told to stop.
void ch2_finish(ch2_stream *stream, const ch2_field *trailers, size_t count);
void ch2_finish_with(ch2_stream *stream, const ch2_block *trailers);
/// Ends the stream at once; what waits is not sent. With CH2_NO_ERROR an answer that was ended is sent first, and a
/// peer that is still sending then is told to stop.
void ch2_reset(ch2_stream *stream, ch2_code code);

/// Bytes written that are not on their way yet, because the peer reads slowly.
size_t ch2_waiting(const ch2_stream *stream);
/// Asks for CH2_ROOM as soon as no more than so many bytes wait.
void ch2_ask_for_room(ch2_stream *stream, size_t bytes);

/// Frees a stream that is closed: after CH2_CLOSED.
void ch2_release(ch2_stream *stream);
