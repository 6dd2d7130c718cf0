// Calls an echo procedure over gRPC, one call at a time on one connection, and checks status and every byte of every
// reply.
//
//   calls PORT PATH BYTES SECONDS [CERTIFICATE]
//
// Prints requests a second, and the latency's median and 99th percentile in microseconds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial.h"
#include "http2.h"

enum { MAXIMUM_SAMPLES = 1 << 22 };
static const double warm_up_seconds = 0.3;

static void keep_body(call *call, span bytes) { buffer_append(call->context, bytes.bytes, bytes.length); }

/// Calls for so long, and keeps how long each call took, in microseconds. Gives how many there were.
static size_t run(http2 *http2, const char *path, span request, double seconds, double *samples) {
  buffer reply = {0};
  size_t count = 0;
  int64_t end = now_nano() + (int64_t)(seconds * 1e9);
  for (int64_t now = now_nano(); now < end && count < MAXIMUM_SAMPLES;) {
    call call = {.context = &reply};
    reply.length = 0;
    http2_call(http2, &call, path, false, request);
    http2_flush(http2);
    http2_await(http2, &call);
    int64_t done = now_nano();
    if (reply.length != request.length || memcmp(reply.bytes, request.bytes, request.length)) {
      fail("a reply is not what was sent");
    }
    samples[count++] = (double)(done - now) / 1e3;
    now = now_nano();
  }
  free(reply.bytes);
  return count;
}

int main(int argc, char **argv) {
  if (argc < 5) fail("usage: calls PORT PATH BYTES SECONDS [CERTIFICATE]");
  int bytes = atoi(argv[3]);
  double seconds = atof(argv[4]);
  if (bytes < 0) fail("out of range");
  buffer frame = {0};
  put_echo_frame(&frame, (size_t)bytes);
  span request = {frame.bytes, frame.length};
  double *samples = malloc(MAXIMUM_SAMPLES * sizeof *samples);
  http2 http2;
  http2_open(&http2, 0, (uint16_t)atoi(argv[1]), argc > 5 ? tls_trusting(argv[5], "h2") : NULL);
  http2.on_body = keep_body;
  run(&http2, argv[2], request, warm_up_seconds < seconds ? warm_up_seconds : seconds, samples);
  int64_t start = now_nano();
  size_t count = run(&http2, argv[2], request, seconds, samples);
  double rate = (double)count / ((double)(now_nano() - start) / 1e9);
  double median = quantile(samples, count, 0.5);
  printf("{\"rate\": %.1f, \"p50_us\": %.2f, \"p99_us\": %.2f}\n", rate, median, quantile(samples, count, 0.99));
  return 0;
}
