// Calls an echo procedure over ttrpc from several connections, so many calls deep each, and checks every byte
// of every reply. One thread, epoll, frames by hand: the same client for every server that is measured.
//
//   echo PORT METHOD CONNECTIONS DEPTH BYTES SECONDS
//
// Prints requests a second, and with one connection and a depth of one the latency's median and 99th
// percentile in microseconds.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

enum { READ_BYTES = 256 << 10, MAXIMUM_CONNECTIONS = 1024, MAXIMUM_SAMPLES = 1 << 22 };
static const double warm_up_seconds = 0.3;

typedef struct {
  int descriptor;
  uint32_t next_stream;
  buffer in;
  buffer out;
} connection;

typedef struct {
  const char *method;
  buffer payload;
  uint64_t replies;
  /// Of each reply, in microseconds; only kept when there is one call at a time.
  double *latencies;
  size_t latency_count;
  int64_t sent_at;
  bool is_measuring;
} run;

static void check_reply(run *run, const frame *frame) {
  if (frame->type != FRAME_RESPONSE) fail("a frame of type %d where a response is due", frame->type);
  span payload, status;
  if (!read_response(frame->data, &payload, &status)) fail_status(run->method, status);
  if (payload.length != run->payload.length || memcmp(payload.bytes, run->payload.bytes, payload.length)) {
    fail("a reply is not what was sent");
  }
}

static void call(run *run, connection *connection) {
  put_request(&connection->out, connection->next_stream, false, "bench.Echo", run->method,
              (span){run->payload.bytes, run->payload.length});
  connection->next_stream += 2;
}

/// Writes what waits. The socket's buffer holds what any depth asks for, so blocking is no loss.
static void flush(connection *connection) {
  size_t done = 0;
  while (done < connection->out.length) {
    ssize_t count = write(connection->descriptor, connection->out.bytes + done, connection->out.length - done);
    if (count < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      fail("write: %s", strerror(errno));
    }
    done += (size_t)count;
  }
  connection->out.length = 0;
}

/// Reads once, checks each whole reply and asks again for each.
static void serve(run *run, connection *connection) {
  uint8_t *room = buffer_reserve(&connection->in, READ_BYTES);
  ssize_t count = read(connection->descriptor, room, READ_BYTES);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) fail("the server has closed the connection");
  connection->in.length += (size_t)count;
  span rest = {connection->in.bytes, connection->in.length};
  for (frame frame; next_frame(rest, &frame);) {
    check_reply(run, &frame);
    size_t size = FRAME_HEADER_BYTES + frame.data.length;
    rest = (span){rest.bytes + size, rest.length - size};
    run->replies++;
    if (run->latencies) {
      int64_t now = now_nano();
      if (run->is_measuring && run->latency_count < MAXIMUM_SAMPLES) {
        run->latencies[run->latency_count++] = (double)(now - run->sent_at) / 1e3;
      }
      run->sent_at = now_nano();
    }
    call(run, connection);
  }
  buffer_drop(&connection->in, connection->in.length - rest.length);
  flush(connection);
}

static int connect_to(uint16_t port) {
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address)) {
    fail("connect to port %d: %s", port, strerror(errno));
  }
  return descriptor;
}

/// Lets the server know this connection, as devices do when they authenticate.
static void admit(connection *connection) {
  put_request(&connection->out, connection->next_stream, false, "bench.Echo", "Admit", (span){0});
  connection->next_stream += 2;
  flush(connection);
  frame frame;
  while (!next_frame((span){connection->in.bytes, connection->in.length}, &frame)) {
    ssize_t count = read(connection->descriptor, buffer_reserve(&connection->in, READ_BYTES), READ_BYTES);
    if (count <= 0) fail("the server has closed the connection");
    connection->in.length += (size_t)count;
  }
  span payload, status;
  if (!read_response(frame.data, &payload, &status)) fail_status("Admit", status);
  connection->in.length = 0;
}

static void pump(run *run, connection *connections, int epoll, double seconds) {
  struct epoll_event events[64];
  int64_t end = now_nano() + (int64_t)(seconds * 1e9);
  while (now_nano() < end) {
    int count = epoll_wait(epoll, events, 64, 100);
    for (int i = 0; i < count; i++) serve(run, &connections[events[i].data.u32]);
  }
}

int main(int argc, char **argv) {
  if (argc != 7) fail("usage: echo PORT METHOD CONNECTIONS DEPTH BYTES SECONDS");
  uint16_t port = (uint16_t)atoi(argv[1]);
  int count = atoi(argv[3]), depth = atoi(argv[4]), bytes = atoi(argv[5]);
  double seconds = atof(argv[6]);
  if (count < 1 || count > MAXIMUM_CONNECTIONS || depth < 1 || bytes < 0) fail("out of range");

  run run = {.method = argv[2]};
  uint8_t *value = malloc((size_t)bytes + 1);
  for (int i = 0; i < bytes; i++) value[i] = (uint8_t)(i * 131 + 7);
  put_bytes(&run.payload, 1, value, (size_t)bytes);
  if (count == 1 && depth == 1) run.latencies = malloc(MAXIMUM_SAMPLES * sizeof(double));

  int epoll = epoll_create1(EPOLL_CLOEXEC);
  connection *connections = calloc((size_t)count, sizeof *connections);
  for (int i = 0; i < count; i++) {
    connections[i] = (connection){.descriptor = connect_to(port), .next_stream = 1};
    admit(&connections[i]);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].descriptor, &event);
  }
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < depth; j++) call(&run, &connections[i]);
    run.sent_at = now_nano();
    flush(&connections[i]);
  }
  pump(&run, connections, epoll, warm_up_seconds);
  run.is_measuring = true;
  uint64_t before = run.replies;
  int64_t start = now_nano();
  pump(&run, connections, epoll, seconds);
  double rate = (double)(run.replies - before) / ((double)(now_nano() - start) / 1e9);
  printf("{\"rate\": %.1f", rate);
  if (run.latencies) {
    printf(", \"p50_us\": %.2f", quantile(run.latencies, run.latency_count, 0.5));
    printf(", \"p99_us\": %.2f", quantile(run.latencies, run.latency_count, 0.99));
  }
  printf("}\n");
  return 0;
}
