#include "transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"

enum { FILLERS = 3 };

typedef struct {
  int fd;
  int fillers[FILLERS];  ///< connections that nobody accepts
  struct sockaddr_in address;
} server;

static int open_socket(void) { return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); }

static void listen_on(server *server, int backlog) {
  socklen_t length = sizeof server->address;
  server->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  server->fd = open_socket();
  CHECK(bind(server->fd, (struct sockaddr *)&server->address, length) == 0);
  CHECK(getsockname(server->fd, (struct sockaddr *)&server->address, &length) == 0);
  CHECK(listen(server->fd, backlog) == 0);
  for (int i = 0; i < FILLERS; i++) server->fillers[i] = -1;
}

/// A server that answers no attempt to connect: its queue is full.
static void listen_deaf(server *server) {
  listen_on(server, 0);
  for (int i = 0; i < FILLERS; i++) {
    server->fillers[i] = open_socket();
    (void)!connect(server->fillers[i], (struct sockaddr *)&server->address, sizeof server->address);
    poll(NULL, 0, 10);
  }
}

static void end(server *server) {
  close(server->fd);
  for (int i = 0; i < FILLERS; i++) {
    if (server->fillers[i] >= 0) close(server->fillers[i]);
  }
}

static bool take(void *context, const uint8_t *data, size_t length) {
  (void)context, (void)data, (void)length;
  return true;
}

static bytes outgoing;

/// Starts to connect to two servers in turn, as if both addresses belonged to one name.
static void start(transport *subject, endpoint *endpoint, const server *first, const server *second) {
  char text[32];
  snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(first->address.sin_port));
  CHECK(endpoint_parse(text, endpoint));
  transport_start(subject, endpoint, NULL, 0);
  CHECK_NUMBER(subject->resolver.count, 1);
  subject->resolver.list[1] = subject->resolver.list[0];
  memcpy(&subject->resolver.list[1].address, &second->address, sizeof second->address);
  subject->resolver.count = 2;
  transport_advance(subject, &outgoing, take, NULL, 0);
  CHECK_NUMBER(subject->state, TRANSPORT_CONNECTING);
  CHECK_NUMBER(subject->give_up_ms, TRANSPORT_CONNECT_MS);
}

static void next_address_is_tried(void) {
  server deaf, good;
  transport subject;
  endpoint endpoint;
  listen_deaf(&deaf);
  listen_on(&good, 1);
  start(&subject, &endpoint, &deaf, &good);
  transport_advance(&subject, &outgoing, take, NULL, TRANSPORT_CONNECT_MS - 1);
  CHECK_NUMBER(subject.state, TRANSPORT_CONNECTING);
  transport_advance(&subject, &outgoing, take, NULL, TRANSPORT_CONNECT_MS);
  struct pollfd ready = {.fd = transport_descriptor(&subject), .events = POLLOUT};
  CHECK(poll(&ready, 1, 1000) == 1);
  transport_advance(&subject, &outgoing, take, NULL, TRANSPORT_CONNECT_MS + 1);
  CHECK_NUMBER(subject.state, TRANSPORT_OPEN);
  const int accepted = accept(good.fd, NULL, NULL);
  CHECK(accepted >= 0);
  if (accepted >= 0) close(accepted);
  transport_close(&subject);
  end(&deaf);
  end(&good);
}

static void each_address_has_its_time(void) {
  server deaf, other;
  transport subject;
  endpoint endpoint;
  listen_deaf(&deaf);
  listen_deaf(&other);
  start(&subject, &endpoint, &deaf, &other);
  transport_advance(&subject, &outgoing, take, NULL, TRANSPORT_CONNECT_MS);
  CHECK_NUMBER(subject.state, TRANSPORT_CONNECTING);
  CHECK_NUMBER(subject.give_up_ms, 2 * TRANSPORT_CONNECT_MS);
  transport_advance(&subject, &outgoing, take, NULL, 2 * TRANSPORT_CONNECT_MS);
  CHECK_NUMBER(subject.state, TRANSPORT_CLOSED);
  CHECK(strstr(subject.problem, "cannot be reached: Connection timed out") != NULL);
  CHECK_NUMBER(transport_descriptor(&subject), -1);
  end(&deaf);
  end(&other);
}

int main(void) {
  bytes_init(&outgoing, 1024);
  RUN("L1 an address that does not answer is left for the next one", next_address_is_tried);
  RUN("L1 each address has its time, and the last failure is told", each_address_has_its_time);
  return check_report();
}
