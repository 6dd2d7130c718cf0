// Connects over HTTP/2, makes one gRPC call on each connection, and then does nothing until standard input ends: what
// the server's memory for each of them is measured with.
//
//   idle-http2 PORT CONNECTIONS [CERTIFICATE]
//
// Prints "ready" when all are there.
#include <stdio.h>
#include <stdlib.h>

#include "dial.h"
#include "http2.h"

int main(int argc, char **argv) {
  if (argc < 3) fail("usage: idle-http2 PORT CONNECTIONS [CERTIFICATE]");
  uint16_t port = (uint16_t)atoi(argv[1]);
  int count = atoi(argv[2]);
  void *tls = argc > 3 ? tls_trusting(argv[3], "h2") : NULL;
  buffer request = {0};
  put_grpc_frame(&request, (span){0});
  for (int i = 0; i < count; i++) {
    http2 http2;
    call call = {0};
    http2_open(&http2, (unsigned)i, port, tls);
    http2_call(&http2, &call, "/latchkey.v1.AuthService/WhoAmI", false, (span){request.bytes, request.length});
    http2_flush(&http2);
    http2_await(&http2, &call);
    // The socket stays open; nothing more is said on it.
    nghttp2_session_del(http2.session);
    free(http2.out.bytes);
  }
  printf("ready\n");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  return 0;
}
