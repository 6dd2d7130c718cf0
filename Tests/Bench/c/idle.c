// Connects lock controllers, authenticates them, opens their command streams, and then does nothing until
// standard input ends: what the server's memory for each of them is measured with.
//
//   idle PORT FLEET CONTROLLERS [CERTIFICATE]
//
// Prints "ready" when all are there.
#include <stdio.h>
#include <stdlib.h>

#include "fleet.h"

int main(int argc, char **argv) {
  if (argc < 4) fail("usage: idle PORT FLEET CONTROLLERS [CERTIFICATE]");
  int count = atoi(argv[3]);
  fleet fleet = fleet_read(argv[2], count);
  server server = server_at((uint16_t)atoi(argv[1]), argc > 4 ? argv[4] : NULL);
  peer *peers = calloc((size_t)count, sizeof *peers);
  for (int i = 0; i < count; i++) {
    peer_connect(&peers[i], &server, &fleet.lockers[i].controller);
    peer_request(&peers[i], true, "latchkey.v1.LockerService", "WatchCommands", (span){0});
    peer_flush(&peers[i]);
    // Proves that the stream was taken: frames are served in their order.
    peer_call(&peers[i], "latchkey.v1.AuthService", "WhoAmI", (span){0});
    free(peers[i].in.bytes);
    free(peers[i].out.bytes);
    peers[i].in = peers[i].out = (buffer){0};
  }
  printf("ready\n");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  return 0;
}
