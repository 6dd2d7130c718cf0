// Reads gRPC streams of a server from several connections, each of which repeats its request for ever, and checks every
// byte. One thread, epoll.
//
//   streams PORT PATH CONNECTIONS STREAMS BYTES SECONDS
//
// STREAMS are those of a connection. Prints messages a second, and the fewest and most that one stream got.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "http2.h"

enum { MAXIMUM_CONNECTIONS = 256, MAXIMUM_STREAMS = 256 };
static const double warm_up_seconds = 0.3;

typedef struct {
  call call;
  /// The frame that comes again and again.
  span frame;
  /// Of the frame that is on its way.
  size_t position;
  uint64_t messages;
  uint64_t messages_before;
} stream;

static void check_bytes(call *call, span bytes) {
  stream *stream = call->context;
  while (bytes.length > 0) {
    size_t left = stream->frame.length - stream->position;
    size_t count = bytes.length < left ? bytes.length : left;
    if (memcmp(bytes.bytes, stream->frame.bytes + stream->position, count)) fail("a message is not what was sent");
    bytes = (span){bytes.bytes + count, bytes.length - count};
    stream->position += count;
    if (stream->position < stream->frame.length) continue;
    stream->position = 0;
    stream->messages++;
  }
}

static void pump(http2 *connections, int epoll, double seconds) {
  struct epoll_event events[64];
  int64_t end = now_nano() + (int64_t)(seconds * 1e9);
  while (now_nano() < end) {
    int count = epoll_wait(epoll, events, 64, 100);
    for (int i = 0; i < count; i++) {
      http2_read(&connections[events[i].data.u32]);
      http2_flush(&connections[events[i].data.u32]);
    }
  }
}

static uint64_t messages_of(const stream *streams, int count) {
  uint64_t sum = 0;
  for (int i = 0; i < count; i++) {
    if (streams[i].call.is_over) fail("a stream has ended");
    sum += streams[i].messages;
  }
  return sum;
}

static void print_result(const stream *streams, int count, double rate) {
  uint64_t fewest = UINT64_MAX, most = 0;
  for (int i = 0; i < count; i++) {
    uint64_t own = streams[i].messages - streams[i].messages_before;
    if (own < fewest) fewest = own;
    if (own > most) most = own;
  }
  printf("{\"rate\": %.1f, \"fewest\": %llu, \"most\": %llu}\n", rate, (unsigned long long)fewest,
         (unsigned long long)most);
}

int main(int argc, char **argv) {
  if (argc != 7) fail("usage: streams PORT PATH CONNECTIONS STREAMS BYTES SECONDS");
  int count = atoi(argv[3]), each = atoi(argv[4]), bytes = atoi(argv[5]);
  double seconds = atof(argv[6]);
  if (count < 1 || count > MAXIMUM_CONNECTIONS || each < 1 || each > MAXIMUM_STREAMS || bytes < 0) {
    fail("out of range");
  }
  buffer frame = {0};
  put_echo_frame(&frame, (size_t)bytes);
  span request = {frame.bytes, frame.length};
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  http2 *connections = calloc((size_t)count, sizeof *connections);
  stream *streams = calloc((size_t)(count * each), sizeof *streams);
  for (int i = 0; i < count; i++) {
    http2_open(&connections[i], 0, (uint16_t)atoi(argv[1]), NULL);
    connections[i].on_body = check_bytes;
    for (int j = 0; j < each; j++) {
      stream *stream = &streams[i * each + j];
      stream->frame = request;
      stream->call.context = stream;
      http2_call(&connections[i], &stream->call, argv[2], true, request);
    }
    http2_flush(&connections[i]);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].descriptor, &event);
  }
  pump(connections, epoll, warm_up_seconds);
  uint64_t before = messages_of(streams, count * each);
  for (int i = 0; i < count * each; i++) streams[i].messages_before = streams[i].messages;
  int64_t start = now_nano();
  pump(connections, epoll, seconds);
  uint64_t after = messages_of(streams, count * each);
  print_result(streams, count * each, (double)(after - before) / ((double)(now_nano() - start) / 1e9));
  return 0;
}
