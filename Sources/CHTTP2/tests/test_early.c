/// Answers that are complete before their requests: RFC 9113, 8.1. What is wrong with the rest of the request is told
/// all the same.
#include <check.h>
#include <string.h>

#include "peer.h"

static const ch2_field ok = {.name = {(const uint8_t *)":status", 7}, .value = {(const uint8_t *)"200", 3}};

enum { UNWANTED_BYTES = 64 << 10, PIECE_BYTES = 1000, PIECES = 100, LONG_ANSWER_BYTES = 200000 };

/// As `peer_open`, with room for all pieces at once.
static void open_wide(peer *peer) {
  ch2_limits limits = peer_limits;
  limits.stream_window_bytes = limits.connection_window_bytes = 2 * PIECES * PIECE_BYTES;
  peer_open(peer, &limits);
}

/// A request that goes on, though its answer is complete. Its stream is 1.
static ch2_stream *open_answered(peer *peer, const char *content_length) {
  open_wide(peer);
  strcpy(peer->content_length, content_length);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(peer, 10, true, &news);
  ch2_respond(stream, &ok, 1, true);
  peer_exchange(peer);
  CHECK(strcmp(peer->streams[0].status, "200") == 0);
  CHECK(!peer->streams[0].is_closed);
  CHECK(peer_news(peer, &news) == NULL);
  return stream;
}

static void say_piece(peer *peer) {
  static const char zeros[PIECE_BYTES];
  peer_say(peer, NGHTTP2_DATA, 0, 1, zeros, sizeof zeros);
  peer_exchange(peer);
}

/// Whether the stream was reset, once, for this reason.
static bool is_reset(const peer *peer, uint32_t code) {
  return peer->streams[0].resets == 1 && peer->streams[0].is_closed && peer->streams[0].close_code == code;
}

static void lets_the_client_end(void) {
  peer peer;
  ch2_stream *stream = open_answered(&peer, "");
  say_piece(&peer);
  CHECK(ch2_take(stream).count == 10);
  uint32_t news = 0;
  CHECK(peer_news(&peer, &news) == NULL);
  peer_say(&peer, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, NULL, 0);
  peer_exchange(&peer);
  CHECK(peer_news(&peer, &news) == stream && (news & CH2_CLOSED) != 0);
  ch2_release(stream);
  CHECK_NUMBER(peer.streams[0].resets, 0);
  CHECK(!peer.has_goaway && !ch2_is_over(peer.server));
  peer_close(&peer);
}

static void stops_a_client_that_does_not_end(void) {
  peer peer;
  ch2_stream *stream = open_answered(&peer, "");
  size_t sent = 0;
  for (; sent + PIECE_BYTES <= UNWANTED_BYTES; sent += PIECE_BYTES) say_piece(&peer);
  CHECK_NUMBER(peer.streams[0].resets, 0);
  say_piece(&peer);
  CHECK(is_reset(&peer, NGHTTP2_NO_ERROR));
  uint32_t news = 0;
  CHECK(peer_news(&peer, &news) == stream && news == CH2_CLOSED);
  ch2_release(stream);
  // What was on its way is passed over.
  for (int i = 0; i < PIECES; i++) say_piece(&peer);
  CHECK_NUMBER(peer.streams[0].resets, 1);
  CHECK_NUMBER(ch2_resets_sent(peer.server), 0);
  CHECK(!peer.has_goaway && !ch2_is_over(peer.server));
  peer_close(&peer);
}

static void stops_a_client_once(void) {
  peer peer;
  ch2_stream *stream = open_answered(&peer, "");
  static const char zeros[PIECE_BYTES];
  // All of it comes before anything is sent back.
  for (int i = 0; i < PIECES; i++) peer_say(&peer, NGHTTP2_DATA, 0, 1, zeros, sizeof zeros);
  ch2_reset(stream, CH2_NO_ERROR);
  peer_exchange(&peer);
  CHECK(is_reset(&peer, NGHTTP2_NO_ERROR));
  CHECK(!peer.has_goaway);
  peer_close(&peer);
}

/// How many frames of a type there are among whole ones.
static int frames_in(const uint8_t *bytes, size_t count, uint8_t type) {
  int found = 0;
  for (size_t at = 0; at + PEER_HEAD_BYTES <= count;) {
    if (bytes[at + 3] == type) found++;
    at += PEER_HEAD_BYTES + ((size_t)bytes[at] << 16 | (size_t)bytes[at + 1] << 8 | bytes[at + 2]);
  }
  return found;
}

/// What is sent is looked at itself: a client passes over a second RST_STREAM.
static void stops_a_client_once_wherever_sending_stands(void) {
  for (size_t first = 0; first < 50; first++) {
    peer peer;
    open_wide(&peer);
    uint32_t news = 0;
    ch2_stream *stream = peer_begun(&peer, 10, true, &news);
    ch2_respond(stream, &ok, 1, true);
    ch2_reset(stream, CH2_NO_ERROR);
    uint8_t sent[200];
    size_t count = ch2_send(peer.server, sent, first);
    ch2_reset(stream, CH2_NO_ERROR);
    count += ch2_send(peer.server, sent + count, sizeof sent - count);
    CHECK_NUMBER(frames_in(sent, count, NGHTTP2_RST_STREAM), 1);
    peer_close(&peer);
  }
}

/// A client is told to stop, and sends trailers that cannot be before it has heard of it.
static void resets_once_wherever_the_client_goes_wrong(void) {
  for (size_t first = 0; first < 50; first++) {
    peer peer;
    open_wide(&peer);
    uint32_t news = 0;
    ch2_stream *stream = peer_begun(&peer, 10, true, &news);
    ch2_respond(stream, &ok, 1, true);
    ch2_reset(stream, CH2_NO_ERROR);
    uint8_t sent[200];
    size_t count = ch2_send(peer.server, sent, first);
    CHECK(peer_say(&peer, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\202", 1));
    count += ch2_send(peer.server, sent + count, sizeof sent - count);
    CHECK_NUMBER(frames_in(sent, count, NGHTTP2_RST_STREAM), 1);
    peer_close(&peer);
  }
}

static void stops_a_client_when_it_is_told_to(void) {
  peer peer;
  ch2_stream *stream = open_answered(&peer, "");
  ch2_reset(stream, CH2_NO_ERROR);
  peer_exchange(&peer);
  CHECK(is_reset(&peer, NGHTTP2_NO_ERROR));
  CHECK_NUMBER(ch2_resets_sent(peer.server), 0);
  uint32_t news = 0;
  CHECK(peer_news(&peer, &news) == stream && news == CH2_CLOSED);
  ch2_release(stream);
  peer_close(&peer);
}

/// A request that goes on, whose answer is complete and waits to be sent: most of it for the client's window.
static ch2_stream *open_waiting(peer *peer) {
  static const uint8_t much[LONG_ANSWER_BYTES];
  open_wide(peer);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(peer, 10, true, &news);
  ch2_respond(stream, &ok, 1, false);
  ch2_write(stream, much, sizeof much);
  ch2_finish(stream, NULL, 0);
  return stream;
}

static void stops_a_client_when_it_has_the_answer(void) {
  peer peer;
  ch2_reset(open_waiting(&peer), CH2_NO_ERROR);
  peer_exchange(&peer);
  CHECK(peer.streams[0].body_bytes == LONG_ANSWER_BYTES);
  CHECK(is_reset(&peer, NGHTTP2_NO_ERROR));
  peer_close(&peer);

  // It has ended its request by then.
  ch2_reset(open_waiting(&peer), CH2_NO_ERROR);
  peer_say(&peer, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, NULL, 0);
  peer_exchange(&peer);
  CHECK(peer.streams[0].body_bytes == LONG_ANSWER_BYTES);
  CHECK_NUMBER(peer.streams[0].resets, 0);
  uint32_t news = 0;
  CHECK(peer_news(&peer, &news) != NULL && (news & CH2_CLOSED) != 0);
  peer_close(&peer);

  // Another reason does not wait.
  ch2_reset(open_waiting(&peer), CH2_CANCEL);
  peer_exchange(&peer);
  CHECK(peer.streams[0].body_bytes == 0);
  CHECK(is_reset(&peer, NGHTTP2_CANCEL));
  peer_close(&peer);
}

static void does_not_cut_an_answer_that_waits(void) {
  peer peer;
  open_waiting(&peer);
  static const char zeros[PIECE_BYTES];
  for (int i = 0; i < PIECES; i++) peer_say(&peer, NGHTTP2_DATA, 0, 1, zeros, sizeof zeros);
  peer_exchange(&peer);
  CHECK(peer.streams[0].body_bytes == LONG_ANSWER_BYTES);
  CHECK_NUMBER(peer.streams[0].resets, 0);
  for (int i = 0; i < PIECES; i++) say_piece(&peer);
  CHECK(is_reset(&peer, NGHTTP2_NO_ERROR));
  peer_close(&peer);
}

static void credits_what_nobody_waits_for(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 5000, true, &news);
  CHECK(peer.body_bytes == 5000 - peer_limits.stream_window_bytes);
  ch2_respond(stream, &ok, 1, true);
  peer_exchange(&peer);
  CHECK(peer.body_bytes == 0);
  peer_close(&peer);
}

static void tells_of_a_body_that_is_too_long(void) {
  peer peer;
  open_answered(&peer, "15");
  peer_say(&peer, NGHTTP2_DATA, 0, 1, "123456", 6);
  peer_exchange(&peer);
  CHECK(is_reset(&peer, NGHTTP2_PROTOCOL_ERROR));
  peer_close(&peer);
}

static void tells_of_a_body_that_is_too_short(void) {
  peer peer;
  open_answered(&peer, "15");
  peer_say(&peer, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "1234", 4);
  peer_exchange(&peer);
  CHECK(is_reset(&peer, NGHTTP2_PROTOCOL_ERROR));
  peer_close(&peer);
}

static void tells_of_trailers_that_cannot_be(void) {
  // A pseudo-header field: `:method: GET` of the static table.
  peer peer;
  open_answered(&peer, "");
  peer_say(&peer, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 1, "\202", 1);
  peer_exchange(&peer);
  CHECK(is_reset(&peer, NGHTTP2_PROTOCOL_ERROR));
  peer_close(&peer);
}

static void tells_of_windows_that_cannot_be(void) {
  peer peer;
  open_answered(&peer, "");
  peer_say(&peer, NGHTTP2_WINDOW_UPDATE, 0, 1, "\177\377\377\377", 4);
  peer_exchange(&peer);
  CHECK(is_reset(&peer, NGHTTP2_FLOW_CONTROL_ERROR));
  peer_close(&peer);

  open_answered(&peer, "");
  peer_say(&peer, NGHTTP2_WINDOW_UPDATE, 0, 1, "\0\0\0\0", 4);
  peer_exchange(&peer);
  CHECK(peer.has_goaway && peer.goaway_code == NGHTTP2_PROTOCOL_ERROR);
  peer_close(&peer);
}

static void tells_of_padding_that_cannot_be(void) {
  peer peer;
  open_answered(&peer, "");
  peer_say(&peer, NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\12ab", 3);
  peer_exchange(&peer);
  CHECK(peer.has_goaway && peer.goaway_code == NGHTTP2_PROTOCOL_ERROR);
  peer_close(&peer);
}

int main(void) {
  RUN("early: a client that ends its request is not reset", lets_the_client_end);
  RUN("early: a client that sends much more is reset", stops_a_client_that_does_not_end);
  RUN("early: once, however often there is reason to", stops_a_client_once);
  RUN("early: and wherever sending stands", stops_a_client_once_wherever_sending_stands);
  RUN("early: and wherever the client goes wrong", resets_once_wherever_the_client_goes_wrong);
  RUN("early: a client is reset when it is asked for", stops_a_client_when_it_is_told_to);
  RUN("early: though not before it has the answer", stops_a_client_when_it_has_the_answer);
  RUN("early: an answer that waits is not cut", does_not_cut_an_answer_that_waits);
  RUN("early: what nobody waits for is credited", credits_what_nobody_waits_for);
  RUN("early: a body longer than was said", tells_of_a_body_that_is_too_long);
  RUN("early: a body shorter than was said", tells_of_a_body_that_is_too_short);
  RUN("early: trailers with pseudo-header fields", tells_of_trailers_that_cannot_be);
  RUN("early: windows that overflow, or grow by nothing", tells_of_windows_that_cannot_be);
  RUN("early: padding longer than its frame", tells_of_padding_that_cannot_be);
  return check_report();
}
