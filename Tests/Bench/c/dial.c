#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

#include "wire.h"

int dial(unsigned number, uint16_t port) {
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket: %s", strerror(errno));
  uint32_t host = INADDR_LOOPBACK + 1 + number / PEERS_PER_ADDRESS;
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (bind(descriptor, (struct sockaddr *)&from, sizeof from)) fail("bind: %s", strerror(errno));
  if (connect(descriptor, (struct sockaddr *)&to, sizeof to)) fail("connect: %s", strerror(errno));
  return descriptor;
}

void *tls_trusting(const char *certificate, const char *protocol) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  if (!SSL_CTX_load_verify_locations(context, certificate, NULL)) fail("'%s' is no certificate", certificate);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  if (protocol) {
    // As the wire has it: each name behind its length.
    unsigned char names[256];
    unsigned length = (unsigned)strlen(protocol);
    if (length >= sizeof names) fail("'%s' is too long a name", protocol);
    names[0] = (unsigned char)length;
    memcpy(names + 1, protocol, length);
    if (SSL_CTX_set_alpn_protos(context, names, length + 1)) fail("'%s' cannot be asked for", protocol);
  }
  return context;
}

void *tls_shake_hands(void *context, int descriptor) {
  SSL *tls = SSL_new(context);
  SSL_set_fd(tls, descriptor);
  if (SSL_connect(tls) != 1) fail("TLS: %s", ERR_reason_error_string(ERR_get_error()));
  return tls;
}
