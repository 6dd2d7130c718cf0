/// A client for tests: nghttp2's own, joined to a session by memory.
#pragma once

#include <chttp2.h>
#include <nghttp2/nghttp2.h>

enum { PEER_STREAMS = 4096, PEER_HEAD_BYTES = 9, PEER_PAYLOAD_BYTES = 4096 };

typedef struct {
  ch2_session *server;
  nghttp2_session *wire;
  /// By half the stream's id: what the client has seen of it.
  struct {
    char status[4];
    char trailer[64];
    size_t body_bytes;
    bool is_closed;
    uint32_t close_code;
    /// RST_STREAM frames.
    int resets;
  } streams[PEER_STREAMS];
  /// How many bytes of each body are sent, and whether more follow.
  size_t body_bytes;
  bool keeps_open;
  /// What requests say of their bodies; empty when they say nothing.
  char content_length[16];
  /// Bytes that the server receives at once, at most; 0: all.
  size_t piece_bytes;
  bool server_goes_on;
  uint32_t goaway_code;
  int32_t goaway_last;
  bool has_goaway;
  char goaway_text[64];
} peer;

void peer_open(peer *peer, const ch2_limits *limits);
void peer_close(peer *peer);

/// Sends a request; `body_bytes` of zeros, then the end, unless `keeps_open`. Returns the stream's id.
int32_t peer_request(peer *peer, const char *path, size_t body_bytes, bool keeps_open);

/// Moves what client and server have to say to each other, once each way. Returns whether there was anything.
bool peer_exchange_once(peer *peer);
/// The same until both are silent.
void peer_exchange(peer *peer);
/// Only from the client to the server. Returns whether there was anything.
bool peer_push(peer *peer);

/// The one stream with news, and what; NULL when there is none, and when there are others.
ch2_stream *peer_news(peer *peer, uint32_t *news);
/// Sends a request as `peer_request` does, and returns its stream with its first news.
ch2_stream *peer_begun(peer *peer, size_t body_bytes, bool keeps_open, uint32_t *news);

/// Bytes as a hostile client would write them, past nghttp2. Returns whether the server goes on.
bool peer_raw(peer *peer, const uint8_t *bytes, size_t count);
/// A frame, whatever it means, of at most PEER_PAYLOAD_BYTES. Returns how many bytes were written.
size_t peer_frame(uint8_t *into, uint8_t type, uint8_t flags, int32_t id, const char *payload, size_t count);
/// Sends one as `peer_raw` does.
bool peer_say(peer *peer, uint8_t type, uint8_t flags, int32_t id, const char *payload, size_t count);

extern const ch2_limits peer_limits;
