#include <check.h>
#include <string.h>

#include "peer.h"

static bool is(ch2_bytes bytes, const char *text) {
  return bytes.count == strlen(text) && memcmp(bytes.start, text, bytes.count) == 0;
}

static const ch2_field ok = {.name = {(const uint8_t *)":status", 7}, .value = {(const uint8_t *)"200", 3}};
static const ch2_field fine = {.name = {(const uint8_t *)"grpc-status", 11}, .value = {(const uint8_t *)"0", 1}};

/// Reads the fields of a head; returns how many there are.
static size_t unpack(ch2_bytes head, ch2_field *fields, size_t most) {
  size_t count = 0;
  for (size_t at = 0; at < head.count && count < most; count++) {
    uint32_t lengths[2];
    memcpy(lengths, head.start + at, sizeof lengths);
    fields[count].name = (ch2_bytes){head.start + at + sizeof lengths, lengths[0]};
    fields[count].value = (ch2_bytes){fields[count].name.start + lengths[0], lengths[1]};
    at += sizeof lengths + lengths[0] + lengths[1];
  }
  return count;
}

static void tells_a_request(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 10, false, &news);
  CHECK(news == (CH2_REQUEST | CH2_BODY | CH2_END));
  ch2_field fields[8];
  CHECK(unpack(ch2_head(stream), fields, 8) == 5);
  CHECK(is(fields[0].name, ":method") && is(fields[0].value, "POST"));
  CHECK(is(fields[2].name, ":path") && is(fields[2].value, "/a.v1.S/M"));
  CHECK(is(fields[4].name, "te") && is(fields[4].value, "trailers"));
  ch2_forget_head(stream);
  CHECK(ch2_head(stream).count == 0);
  CHECK(ch2_take(stream).count == 10);
  CHECK(ch2_take(stream).count == 0);
  ch2_give_back(stream);
  peer_close(&peer);
}

static void answers_with_trailers(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 10, false, &news);
  ch2_respond(stream, &ok, 1, false);
  for (int i = 0; i < 100; i++) ch2_write(stream, (const uint8_t *)"0123456789", 10);
  ch2_finish(stream, &fine, 1);
  ch2_write(stream, (const uint8_t *)"late", 4);
  peer_exchange(&peer);
  CHECK(strcmp(peer.streams[0].status, "200") == 0);
  CHECK(peer.streams[0].body_bytes == 1000);
  CHECK(strcmp(peer.streams[0].trailer, "0") == 0);
  CHECK(peer.streams[0].is_closed && peer.streams[0].close_code == 0);
  CHECK(peer_news(&peer, &news) == stream && news == CH2_CLOSED);
  ch2_release(stream);
  CHECK(ch2_first(peer.server) == NULL);
  peer_close(&peer);
}

static void answers_with_fields_made_once(void) {
  ch2_block *head = ch2_block_new(&ok, 1), *end = ch2_block_new(&fine, 1);
  peer peer;
  peer_open(&peer, &peer_limits);
  peer_exchange(&peer);
  for (int i = 0; i < 3; i++) {
    uint32_t news = 0;
    ch2_stream *stream = peer_begun(&peer, 0, false, &news);
    ch2_respond_with(stream, head, false);
    ch2_write(stream, (const uint8_t *)"0123456789", 10);
    CHECK(ch2_waiting_in_all(peer.server) == 10);
    ch2_finish_with(stream, end);
    peer_exchange(&peer);
    CHECK(strcmp(peer.streams[i].status, "200") == 0);
    CHECK(peer.streams[i].body_bytes == 10);
    CHECK(strcmp(peer.streams[i].trailer, "0") == 0);
    CHECK(peer_news(&peer, &news) == stream && news == CH2_CLOSED);
    // All of these come too late.
    ch2_respond_with(stream, head, false);
    ch2_finish_with(stream, end);
    ch2_release(stream);
  }
  CHECK(ch2_waiting_in_all(peer.server) == 0);
  CHECK(ch2_bytes_sent(peer.server) == 30);
  peer_close(&peer);
  ch2_block_free(head);
  ch2_block_free(end);
}

static void answers_in_the_head_alone(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 0, false, &news);
  const ch2_field fields[] = {ok, fine};
  ch2_respond(stream, fields, 2, true);
  peer_exchange(&peer);
  CHECK(strcmp(peer.streams[0].trailer, "0") == 0);
  CHECK(peer.streams[0].is_closed);
  peer_close(&peer);
}

static void holds_a_body_back_until_it_is_credited(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 5000, false, &news);
  CHECK((news & CH2_END) == 0);
  CHECK(ch2_take(stream).count == peer_limits.stream_window_bytes);
  peer_exchange(&peer);
  CHECK(ch2_next(peer.server, &news) == NULL);
  size_t taken = peer_limits.stream_window_bytes;
  for (int turns = 0; turns < 100 && taken < 5000; turns++) {
    ch2_credit(stream, 1000);
    peer_exchange(&peer);
    if (ch2_next(peer.server, &news) == stream) taken += ch2_take(stream).count;
  }
  CHECK(taken == 5000);
  CHECK((news & CH2_END) != 0);
  // No more than was taken, however much is credited.
  ch2_credit(stream, 100000);
  ch2_credit(stream, 100000);
  peer_exchange(&peer);
  CHECK(peer.server_goes_on);
  peer_close(&peer);
}

static void lets_the_connection_go_on_when_a_body_is_left(void) {
  ch2_limits limits = peer_limits;
  limits.connection_window_bytes = 70000;
  peer peer;
  peer_open(&peer, &limits);
  peer_exchange(&peer);
  // Each leaves a thousand bytes behind, many times the connection's window in all.
  for (int i = 0; i < 500; i++) {
    peer_request(&peer, "/", 1000, true);
    peer_exchange(&peer);
    uint32_t news = 0;
    ch2_stream *stream = ch2_next(peer.server, &news);
    CHECK_THAT((news & CH2_BODY) != 0, "stream %d", i);
    if (stream == NULL) break;
    ch2_reset(stream, CH2_CANCEL);
    peer_exchange(&peer);
    CHECK(ch2_next(peer.server, &news) == stream && news == CH2_CLOSED);
    ch2_release(stream);
  }
  peer_close(&peer);
}

static void tells_when_there_is_room(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 0, false, &news);
  ch2_respond(stream, &ok, 1, false);
  static const uint8_t much[200000];
  ch2_write(stream, much, sizeof much);
  ch2_ask_for_room(stream, 50000);
  uint8_t chunk[70000];
  CHECK(ch2_send(peer.server, chunk, sizeof chunk) > 60000);
  // The client's window is used up.
  CHECK(ch2_waiting(stream) == sizeof much - 65535);
  CHECK(ch2_waiting_in_all(peer.server) == sizeof much - 65535);
  CHECK(ch2_next(peer.server, &news) == NULL);
  peer_close(&peer);

  peer_open(&peer, &peer_limits);
  stream = peer_begun(&peer, 0, false, &news);
  ch2_respond(stream, &ok, 1, false);
  ch2_write(stream, much, sizeof much);
  ch2_ask_for_room(stream, 50000);
  peer_exchange(&peer);
  CHECK(peer_news(&peer, &news) == stream && news == CH2_ROOM);
  CHECK(ch2_waiting(stream) == 0);
  CHECK(peer.streams[0].body_bytes == sizeof much);
  peer_close(&peer);
}

static void tells_of_a_client_that_gives_up(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 10, true, &news);
  CHECK((news & CH2_END) == 0);
  nghttp2_submit_rst_stream(peer.wire, NGHTTP2_FLAG_NONE, 1, NGHTTP2_CANCEL);
  peer_push(&peer);
  CHECK(peer_news(&peer, &news) == stream && news == CH2_CLOSED);
  // All of these come too late.
  ch2_respond(stream, &ok, 1, false);
  ch2_write(stream, (const uint8_t *)"x", 1);
  ch2_finish(stream, &fine, 1);
  ch2_reset(stream, CH2_CANCEL);
  ch2_credit(stream, 10);
  ch2_release(stream);
  peer_exchange(&peer);
  CHECK(peer.server_goes_on);
  peer_close(&peer);
}

static void counts_what_fields_cost(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  peer_exchange(&peer);
  char path[3000];
  memset(path, 'a', sizeof path - 1);
  path[0] = '/';
  path[sizeof path - 1] = 0;
  peer_request(&peer, path, 0, false);
  peer_push(&peer);
  uint32_t news = 0;
  const ch2_stream *stream = peer_news(&peer, &news);
  CHECK(stream != NULL && ch2_is_oversized(stream));
  peer_close(&peer);
}

static void refuses_more_streams_than_agreed(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  // Before the client knows the limit it may try.
  for (int i = 0; i < 150; i++) peer_request(&peer, "/", 0, true);
  peer_exchange(&peer);
  uint32_t news = 0;
  int begun = 0;
  while (ch2_next(peer.server, &news) != NULL) begun++;
  CHECK(begun == 100);
  peer_close(&peer);
}

static void ends_with_a_word(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 0, false, &news);
  ch2_end(peer.server, CH2_ENHANCE_YOUR_CALM, "too_many_pings");
  peer_exchange(&peer);
  CHECK(peer.has_goaway && peer.goaway_code == NGHTTP2_ENHANCE_YOUR_CALM);
  CHECK(strcmp(peer.goaway_text, "too_many_pings") == 0);
  CHECK(!ch2_is_over(peer.server));
  // What was begun is answered.
  ch2_respond(stream, &ok, 1, true);
  peer_exchange(&peer);
  CHECK(strcmp(peer.streams[0].status, "200") == 0);
  CHECK(ch2_is_over(peer.server));
  peer_close(&peer);
}

static void announces_its_end(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  peer_exchange(&peer);
  ch2_announce_end(peer.server);
  // What the client sends before it hears of it is served.
  peer_request(&peer, "/", 0, false);
  peer_exchange(&peer);
  uint32_t news = 0;
  ch2_stream *stream = peer_news(&peer, &news);
  CHECK(stream != NULL);
  ch2_respond(stream, &ok, 1, true);
  peer_exchange(&peer);
  CHECK(strcmp(peer.streams[0].status, "200") == 0);
  CHECK(nghttp2_session_check_request_allowed(peer.wire) == 0);
  peer_close(&peer);
}

static void counts_pings(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  peer_exchange(&peer);
  for (int i = 0; i < 3; i++) nghttp2_submit_ping(peer.wire, NGHTTP2_FLAG_NONE, NULL);
  ch2_ping(peer.server);
  peer_exchange(&peer);
  CHECK(ch2_pings(peer.server) == 3);
  CHECK(ch2_pongs(peer.server) == 1);
  CHECK(ch2_frames_sent(peer.server) == 0);
  peer_close(&peer);
}

static void frees_what_is_open(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  peer_exchange(&peer);
  for (int i = 0; i < 10; i++) {
    peer_request(&peer, "/", 100, true);
    peer_exchange(&peer);
  }
  uint32_t news = 0;
  ch2_stream *stream = ch2_next(peer.server, &news);
  ch2_respond(stream, &ok, 1, false);
  ch2_write(stream, (const uint8_t *)"0123456789", 10);
  ch2_finish(stream, &fine, 1);
  CHECK(ch2_take(stream).count == 100);
  peer_close(&peer);
}

int main(void) {
  RUN("a request's fields and body are told", tells_a_request);
  RUN("an answer has a head, a body and trailers", answers_with_trailers);
  RUN("fields of many answers are made once", answers_with_fields_made_once);
  RUN("an answer may be its head alone", answers_in_the_head_alone);
  RUN("a body is held back until it is credited", holds_a_body_back_until_it_is_credited);
  RUN("bodies that nobody takes do not stop the connection", lets_the_connection_go_on_when_a_body_is_left);
  RUN("room is told of once the peer has read", tells_when_there_is_room);
  RUN("a client that gives up is told of, and what comes later ignored", tells_of_a_client_that_gives_up);
  RUN("fields are counted", counts_what_fields_cost);
  RUN("more streams than agreed are refused", refuses_more_streams_than_agreed);
  RUN("an end has a reason, and what was begun is answered", ends_with_a_word);
  RUN("an announced end refuses nothing that is on its way", announces_its_end);
  RUN("pings and pongs are counted", counts_pings);
  RUN("what is open is freed", frees_what_is_open);
  return check_report();
}
