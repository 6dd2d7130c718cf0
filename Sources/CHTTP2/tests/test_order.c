/// What a client may not say any more, of streams that are over, and never of priorities. Each rule holds for bytes
/// that come at once, and in pieces that cut the heads of frames.
#include <check.h>
#include <string.h>

#include "peer.h"

static const ch2_field ok = {.name = {(const uint8_t *)":status", 7}, .value = {(const uint8_t *)"200", 3}};

enum { END_STREAM = NGHTTP2_FLAG_END_STREAM, END_HEADERS = NGHTTP2_FLAG_END_HEADERS };

/// POST / of the static table, and one field.
static const char request[] = {(char)0x83, (char)0x86, (char)0x84, 0x41, 1, 'a'};
static const char trailers[] = {0, 1, 'x', 1, '1'};

static size_t piece_bytes;

static void open_peer(peer *peer) {
  peer_open(peer, &peer_limits);
  peer->piece_bytes = piece_bytes;
  peer_exchange(peer);
}

static void say_data(peer *peer, int32_t id, uint8_t flags) {
  peer_say(peer, NGHTTP2_DATA, flags, id, "data", 4);
}

static void say_headers(peer *peer, int32_t id) {
  peer_say(peer, NGHTTP2_HEADERS, END_STREAM | END_HEADERS, id, request, sizeof request);
}

static void say_trailers(peer *peer, int32_t id) {
  peer_say(peer, NGHTTP2_HEADERS, END_STREAM | END_HEADERS, id, trailers, sizeof trailers);
}

static void say_reset(peer *peer, int32_t id) {
  peer_say(peer, NGHTTP2_RST_STREAM, 0, id, "\0\0\0\10", 4);
}

static void say_priority(peer *peer, int32_t id, const char *dependency) {
  char payload[5] = {0};
  memcpy(payload, dependency, 4);
  peer_say(peer, NGHTTP2_PRIORITY, 0, id, payload, sizeof payload);
}

/// Why the server ends the connection; -1 when it does not.
static int64_t ending(peer *peer) {
  peer_exchange(peer);
  CHECK(peer->has_goaway == ch2_is_over(peer->server));
  return peer->has_goaway ? (int64_t)peer->goaway_code : -1;
}

/// A request and its answer, both complete. Returns the stream's id.
static int32_t complete(peer *peer) {
  peer_exchange(peer);
  int32_t id = peer_request(peer, "/", 10, false);
  peer_push(peer);
  uint32_t news = 0;
  ch2_stream *stream = peer_news(peer, &news);
  ch2_respond(stream, &ok, 1, true);
  peer_exchange(peer);
  CHECK(peer_news(peer, &news) == stream && (news & CH2_CLOSED) != 0);
  ch2_release(stream);
  return id;
}

static void refuses_more_of_a_stream_that_was_ended(void) {
  peer peer;
  open_peer(&peer);
  say_data(&peer, complete(&peer), 0);
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  peer_close(&peer);

  open_peer(&peer);
  say_headers(&peer, complete(&peer));
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  peer_close(&peer);

  // The answer is not complete.
  uint32_t news = 0;
  open_peer(&peer);
  CHECK(peer_begun(&peer, 10, false, &news) != NULL);
  say_data(&peer, 1, 0);
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  peer_close(&peer);

  // Trailers end a request as well.
  open_peer(&peer);
  CHECK(peer_begun(&peer, 10, true, &news) != NULL);
  say_trailers(&peer, 1);
  ch2_respond(ch2_first(peer.server), &ok, 1, true);
  CHECK_NUMBER(ending(&peer), -1);
  say_data(&peer, 1, 0);
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  peer_close(&peer);
}

static void refuses_more_of_a_stream_that_was_reset(void) {
  uint32_t news = 0;
  peer peer;
  open_peer(&peer);
  CHECK(peer_begun(&peer, 10, true, &news) != NULL);
  say_reset(&peer, 1);
  CHECK_NUMBER(ending(&peer), -1);
  say_data(&peer, 1, 0);
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  peer_close(&peer);

  open_peer(&peer);
  CHECK(peer_begun(&peer, 10, true, &news) != NULL);
  say_reset(&peer, 1);
  say_trailers(&peer, 1);
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  peer_close(&peer);
}

static void remembers_many_that_are_over(void) {
  peer peer;
  open_peer(&peer);
  for (int i = 0; i < 100; i++) complete(&peer);
  // The client's ids are odd: 31 before the last.
  say_data(&peer, 199 - 2 * 31, 0);
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  peer_close(&peer);
}

static void serves_what_came_before(void) {
  peer peer;
  open_peer(&peer);
  complete(&peer);
  uint8_t bytes[100];
  size_t count = peer_frame(bytes, NGHTTP2_HEADERS, END_STREAM | END_HEADERS, 3, request, sizeof request);
  count += peer_frame(bytes + count, NGHTTP2_DATA, 0, 1, "data", 4);
  count += peer_frame(bytes + count, NGHTTP2_HEADERS, END_STREAM | END_HEADERS, 5, request, sizeof request);
  CHECK(peer_raw(&peer, bytes, count));
  uint32_t news = 0;
  CHECK(peer_news(&peer, &news) != NULL && news == (CH2_REQUEST | CH2_END));
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  CHECK_NUMBER(peer.goaway_last, 3);
  peer_close(&peer);
}

static void passes_over_what_was_on_its_way(void) {
  peer peer;
  open_peer(&peer);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 10, true, &news);
  ch2_reset(stream, CH2_CANCEL);
  peer_exchange(&peer);
  CHECK(peer_news(&peer, &news) == stream && news == CH2_CLOSED);
  ch2_release(stream);
  // The client did not know yet.
  say_data(&peer, 1, 0);
  say_trailers(&peer, 1);
  CHECK_NUMBER(ending(&peer), -1);
  complete(&peer);
  CHECK_NUMBER(ending(&peer), -1);
  // But it ended the stream itself.
  say_data(&peer, 1, 0);
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  peer_close(&peer);
}

static void lets_a_client_say_the_rest_of_streams_that_are_over(void) {
  peer peer;
  open_peer(&peer);
  int32_t id = complete(&peer);
  peer_say(&peer, NGHTTP2_WINDOW_UPDATE, 0, id, "\0\0\0\1", 4);
  say_priority(&peer, id, "\0\0\0\0");
  say_reset(&peer, id);
  say_reset(&peer, id);
  complete(&peer);
  CHECK_NUMBER(ending(&peer), -1);
  say_priority(&peer, id, "\0\0\0\0");
  say_data(&peer, id, 0);
  CHECK_NUMBER(ending(&peer), NGHTTP2_STREAM_CLOSED);
  peer_close(&peer);
}

static void refuses_streams_that_were_passed_over(void) {
  peer peer;
  open_peer(&peer);
  say_headers(&peer, 1);
  say_headers(&peer, 7);
  CHECK_NUMBER(ending(&peer), -1);
  say_headers(&peer, 5);
  CHECK_NUMBER(ending(&peer), NGHTTP2_PROTOCOL_ERROR);
  peer_close(&peer);
}

static void checks_priorities(void) {
  peer peer;
  open_peer(&peer);
  say_priority(&peer, 0, "\0\0\0\1");
  CHECK_NUMBER(ending(&peer), NGHTTP2_PROTOCOL_ERROR);
  peer_close(&peer);

  open_peer(&peer);
  say_priority(&peer, 3, "\0\0\0\3");
  CHECK_NUMBER(ending(&peer), NGHTTP2_PROTOCOL_ERROR);
  peer_close(&peer);

  // Exclusively.
  open_peer(&peer);
  say_priority(&peer, 3, "\200\0\0\3");
  CHECK_NUMBER(ending(&peer), NGHTTP2_PROTOCOL_ERROR);
  peer_close(&peer);

  open_peer(&peer);
  say_priority(&peer, 3, "\0\0\0\1");
  say_priority(&peer, 1, "\200\0\0\3");
  complete(&peer);
  CHECK_NUMBER(ending(&peer), -1);
  peer_say(&peer, NGHTTP2_PRIORITY, 0, 3, "\0\0\0\3", 4);
  CHECK_NUMBER(ending(&peer), NGHTTP2_FRAME_SIZE_ERROR);
  peer_close(&peer);
}

static void checks_dependencies_in_headers(void) {
  char fields[5 + sizeof request] = {0, 0, 0, 1, 0};
  memcpy(fields + 5, request, sizeof request);
  peer peer;
  open_peer(&peer);
  peer_say(&peer, NGHTTP2_HEADERS, END_HEADERS | NGHTTP2_FLAG_PRIORITY, 1, fields, sizeof fields);
  CHECK_NUMBER(ending(&peer), NGHTTP2_PROTOCOL_ERROR);
  peer_close(&peer);
}

int main(void) {
  static const size_t pieces[] = {0, 1, 10, 12};
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    piece_bytes = pieces[i];
    RUN("order: DATA and HEADERS after a request's end", refuses_more_of_a_stream_that_was_ended);
    RUN("order: DATA and HEADERS after RST_STREAM", refuses_more_of_a_stream_that_was_reset);
    RUN("order: DATA on one of many streams that are over", remembers_many_that_are_over);
    RUN("order: what comes before a frame that is wrong is served", serves_what_came_before);
    RUN("order: what was on its way when we reset a stream is passed over", passes_over_what_was_on_its_way);
    RUN("order: what may be said of streams that are over", lets_a_client_say_the_rest_of_streams_that_are_over);
    RUN("order: HEADERS on a stream that was passed over", refuses_streams_that_were_passed_over);
    RUN("order: PRIORITY of no stream, and of a stream on itself", checks_priorities);
    RUN("order: HEADERS of a stream that depends on itself", checks_dependencies_in_headers);
  }
  return check_report();
}
