/// peer.h — a device's connection to a Latchkey server: from a loopback address of its own, over TCP or TLS,
/// proved with its key pair. Blocking until `peer_start`, which hands it to an epoll set.
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "wire.h"

enum { SEED_BYTES = 32 };

typedef struct {
  int64_t id;
  uint8_t seed[SEED_BYTES];
} device;

typedef struct peer {
  int descriptor;
  /// An `SSL *`, or NULL in plain text.
  void *tls;
  uint32_t next_stream;
  buffer in;
  buffer out;
  /// What its owner likes.
  void *context;
} peer;

typedef struct {
  uint16_t port;
  /// An `SSL_CTX *`, or NULL for plain text.
  void *tls;
  /// Counts up: tells which loopback address is next.
  unsigned connected;
} server;

/// `certificate` is the PEM file that the server must show, or NULL for plain text.
server server_at(uint16_t port, const char *certificate);

/// Connects and authenticates a device; ends the program when the server refuses.
void peer_connect(peer *peer, server *server, const device *device);

/// Makes one call and waits for its answer, which lies in `peer->in` until the next one.
span peer_call(peer *peer, const char *service, const char *method, span payload);

/// Queues a request and returns its stream id. `peer_flush` sends it.
uint32_t peer_request(peer *peer, bool is_stream, const char *service, const char *method, span payload);

/// Writes what is queued; waits where the socket is full. Plain text and TLS.
void peer_flush(peer *peer);

/// Reads what has come, in plain text. Ends the program when the connection has closed.
void peer_read(peer *peer);

/// Adds it to an epoll set, with itself as the event's pointer.
void peer_start(peer *peer, int epoll);

/// Reads 64 hexadecimal digits.
void read_seed(uint8_t seed[SEED_BYTES], const char *text);

#endif
