#include <check.h>
#include <string.h>

#include "peer.h"

static void ends_for_those_who_reset_without_end(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  peer_exchange(&peer);
  int resets = 0;
  for (; resets < 1000 && peer.server_goes_on && !peer.has_goaway; resets++) {
    int32_t id = peer_request(&peer, "/", 0, true);
    peer_push(&peer);
    nghttp2_submit_rst_stream(peer.wire, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    peer_push(&peer);
    uint32_t news = 0;
    for (ch2_stream *stream; (stream = ch2_next(peer.server, &news)) != NULL;) {
      if ((news & CH2_CLOSED) != 0) ch2_release(stream);
    }
    peer_exchange(&peer);
  }
  CHECK_THAT(resets < 60, "%d", resets);
  peer_close(&peer);
}

/// Begins as a client does, and sends frames by hand. Returns how many it took until the server had enough.
static int flood(const uint8_t *frame, size_t count, int most) {
  peer peer;
  peer_open(&peer, &peer_limits);
  peer_push(&peer);
  int sent = 0;
  while (sent < most && peer_raw(&peer, frame, count)) sent++;
  peer_close(&peer);
  return sent;
}

static void ends_for_those_who_ask_without_reading(void) {
  static const uint8_t ping[17] = {0, 0, 8, 6};
  static const uint8_t settings[9] = {0, 0, 0, 4};
  CHECK(flood(ping, sizeof ping, 1000) <= (int)peer_limits.waiting_acknowledgements + 1);
  CHECK(flood(settings, sizeof settings, 1000) <= (int)peer_limits.waiting_acknowledgements + 1);
}

static void ends_for_headers_without_end(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  peer_push(&peer);
  // HEADERS without END_HEADERS, then CONTINUATION after CONTINUATION, each with one small field.
  static const uint8_t headers[10] = {0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82};
  static const uint8_t continuation[13] = {0, 0, 4, 9, 0, 0, 0, 0, 1, 0x00, 1, 'a', 0};
  bool goes_on = peer_raw(&peer, headers, sizeof headers);
  int sent = 0;
  while (sent < 10000 && goes_on && !peer.has_goaway) {
    goes_on = peer_raw(&peer, continuation, sizeof continuation);
    sent++;
    peer_exchange_once(&peer);
  }
  CHECK_THAT(sent < 100, "%d", sent);
  peer_close(&peer);
}

static void counts_streams_that_a_client_has_reset(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  peer_exchange(&peer);
  for (int i = 0; i < 10; i++) {
    int32_t id = peer_request(&peer, "/", 0, true);
    peer_push(&peer);
    // A window may not grow so far: RFC 9113, 6.9.1.
    const uint8_t window[13] = {0, 0, 4, 8, 0, 0, 0, 0, (uint8_t)id, 0x7F, 0xFF, 0xFF, 0xFF};
    CHECK(peer_raw(&peer, window, sizeof window));
    uint32_t news = 0;
    while (ch2_next(peer.server, &news) != NULL) {
    }
    peer_exchange(&peer);
  }
  CHECK_THAT(ch2_resets_sent(peer.server) == 10, "%d", (int)ch2_resets_sent(peer.server));
  peer_close(&peer);
}

static void resets_for_trailers_beyond_the_limit(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  uint32_t news = 0;
  ch2_stream *stream = peer_begun(&peer, 10, true, &news);
  // A hundred fields of 34 bytes each.
  static const char field[5] = {0, 1, 'x', 1, '1'};
  char fields[100 * sizeof field];
  for (size_t at = 0; at < sizeof fields; at += sizeof field) memcpy(fields + at, field, sizeof field);
  const uint8_t flags = NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS;
  CHECK(peer_say(&peer, NGHTTP2_HEADERS, flags, 1, fields, sizeof fields));
  // The request does not count as complete.
  CHECK(peer_news(&peer, &news) == NULL);
  peer_exchange(&peer);
  CHECK(peer.streams[0].is_closed && peer.streams[0].close_code == NGHTTP2_ENHANCE_YOUR_CALM);
  CHECK(peer_news(&peer, &news) == stream && news == CH2_CLOSED);
  ch2_release(stream);
  CHECK(!peer.has_goaway && !ch2_is_over(peer.server));
  peer_close(&peer);
}

static void ends_for_what_is_no_http2(void) {
  peer peer;
  peer_open(&peer, &peer_limits);
  CHECK(!peer_raw(&peer, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18));
  CHECK(!peer_raw(&peer, (const uint8_t *)"x", 1));
  peer_close(&peer);
}

int main(void) {
  RUN("hostile: streams reset without end", ends_for_those_who_reset_without_end);
  RUN("hostile: PING and SETTINGS without reading", ends_for_those_who_ask_without_reading);
  RUN("hostile: headers without end", ends_for_headers_without_end);
  RUN("hostile: streams that the server has to reset are counted", counts_streams_that_a_client_has_reset);
  RUN("hostile: trailers beyond the limit", resets_for_trailers_beyond_the_limit);
  RUN("hostile: no HTTP/2", ends_for_what_is_no_http2);
  return check_report();
}
