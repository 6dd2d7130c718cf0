#include "transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum { READ_BYTES = 16 << 10, MAXIMUM_READS_A_TURN = 16 };

static void fail(transport *transport, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(transport *transport, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(transport->problem, sizeof transport->problem, format, arguments);
  va_end(arguments);
  transport_close(transport);
}

// TLS -------------------------------------------------------------------------------------------------

static const char *tls_error(void) {
  const unsigned long code = ERR_get_error();
  const char *text = code == 0 ? NULL : ERR_reason_error_string(code);
  ERR_clear_error();
  return text != NULL ? text : "connection cut";
}

SSL_CTX *transport_trust(const char *ca_file, char problem[TRANSPORT_PROBLEM_BYTES]) {
  SSL_CTX *trust = SSL_CTX_new(TLS_client_method());
  if (trust != NULL && SSL_CTX_set_min_proto_version(trust, TLS1_3_VERSION) == 1) {
    SSL_CTX_set_verify(trust, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(trust, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(trust), X509_V_FLAG_PARTIAL_CHAIN);
    const int loaded = ca_file != NULL ? SSL_CTX_load_verify_locations(trust, ca_file, NULL)
                                       : SSL_CTX_set_default_verify_paths(trust);
    if (loaded == 1) return trust;
  }
  snprintf(problem, TRANSPORT_PROBLEM_BYTES, "the certificates in %s cannot be used: %s",
           ca_file != NULL ? ca_file : "the system's store", tls_error());
  SSL_CTX_free(trust);
  return NULL;
}

static bool expect_host(SSL *tls, const endpoint *endpoint) {
  if (endpoint_is_address(endpoint)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), endpoint->host) == 1;
  }
  return SSL_set1_host(tls, endpoint->host) == 1 && SSL_set_tlsext_host_name(tls, endpoint->host) == 1;
}

static void start_handshake(transport *transport, uint64_t now_ms) {
  if (transport->trust == NULL) {
    transport->state = TRANSPORT_OPEN;
    transport->give_up_ms = CLOCK_NEVER;
    transport->wants = POLLIN;
    return;
  }
  transport->tls = SSL_new(transport->trust);
  if (transport->tls == NULL || !expect_host(transport->tls, transport->endpoint) ||
      SSL_set_fd(transport->tls, transport->fd) != 1) {
    fail(transport, "TLS cannot start: %s", tls_error());
    return;
  }
  SSL_set_connect_state(transport->tls);
  transport->state = TRANSPORT_HANDSHAKING;
  transport->give_up_ms = now_ms + TRANSPORT_HANDSHAKE_MS;
}

static void continue_handshake(transport *transport) {
  ERR_clear_error();
  const int result = SSL_do_handshake(transport->tls);
  if (result == 1) {
    transport->state = TRANSPORT_OPEN;
    transport->give_up_ms = CLOCK_NEVER;
    transport->wants = POLLIN;
    return;
  }
  switch (SSL_get_error(transport->tls, result)) {
    case SSL_ERROR_WANT_READ: transport->wants = POLLIN; return;
    case SSL_ERROR_WANT_WRITE: transport->wants = POLLOUT; return;
    default: break;
  }
  const long verdict = SSL_get_verify_result(transport->tls);
  if (verdict != X509_V_OK) {
    fail(transport, "the server's certificate is not accepted: %s", X509_verify_cert_error_string(verdict));
  } else {
    fail(transport, "TLS failed: %s", tls_error());
  }
}

// Connecting ------------------------------------------------------------------------------------------

/// Tries the next address, if any is left.
static void try_next_address(transport *transport, uint64_t now_ms) {
  const int on = 1;
  const char *why = transport->resolver.count == 0 ? "the name is unknown" : strerror(errno);
  while (transport->next_address < transport->resolver.count) {
    const resolved_address *next = &transport->resolver.list[transport->next_address++];
    const struct sockaddr *address = (const struct sockaddr *)&next->address;
    if (transport->trust == NULL && !endpoint_address_is_loopback(address)) {
      why = "plain text is allowed to a loopback address only; give --ca FILE";
      continue;
    }
    transport->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (transport->fd < 0) {
      why = strerror(errno);
      continue;
    }
    setsockopt(transport->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(transport->fd, address, next->length) == 0 || errno == EINPROGRESS) {
      transport->state = TRANSPORT_CONNECTING;
      transport->wants = POLLOUT;
      transport->give_up_ms = now_ms + TRANSPORT_CONNECT_MS;
      return;
    }
    why = strerror(errno);
    close(transport->fd);
    transport->fd = -1;
  }
  fail(transport, "%s:%s cannot be reached: %s", transport->endpoint->host, transport->endpoint->port, why);
}

static void continue_connecting(transport *transport, uint64_t now_ms) {
  struct pollfd ready = {.fd = transport->fd, .events = POLLOUT};
  int error = ETIMEDOUT;
  if (poll(&ready, 1, 0) > 0) {
    socklen_t length = sizeof error;
    getsockopt(transport->fd, SOL_SOCKET, SO_ERROR, &error, &length);
  } else if (now_ms < transport->give_up_ms) {
    return;
  }
  if (error == 0) {
    start_handshake(transport, now_ms);
    return;
  }
  close(transport->fd);
  transport->fd = -1;
  errno = error;
  try_next_address(transport, now_ms);
}

void transport_start(transport *transport, const endpoint *endpoint, SSL_CTX *trust, uint64_t now_ms) {
  *transport = (struct transport){.state = TRANSPORT_LOOKING_UP,
                                  .endpoint = endpoint,
                                  .trust = trust,
                                  .fd = -1,
                                  .resolver = {.fd = -1},
                                  .wants = POLLIN,
                                  .give_up_ms = now_ms + TRANSPORT_LOOK_UP_MS};
  if (resolver_start(&transport->resolver, endpoint) != 0) {
    fail(transport, "%s cannot be looked up: %s", endpoint->host, strerror(errno));
  }
}

void transport_close(transport *transport) {
  resolver_stop(&transport->resolver);
  if (transport->tls != NULL) {
    if (transport->state == TRANSPORT_OPEN) SSL_shutdown(transport->tls);
    SSL_free(transport->tls);
    ERR_clear_error();
  }
  transport->tls = NULL;
  if (transport->fd >= 0) close(transport->fd);
  transport->fd = -1;
  transport->state = TRANSPORT_CLOSED;
}

// Bytes -----------------------------------------------------------------------------------------------

/// What one read or write came to: bytes done, or 0 for "not now", or -1 when the transport was closed.
static int judge(transport *transport, int result) {
  if (result > 0) return result;
  if (transport->tls == NULL) {
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (result == 0) transport_close(transport);
    else fail(transport, "connection lost: %s", strerror(errno));
    return -1;
  }
  switch (SSL_get_error(transport->tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return 0;
    case SSL_ERROR_ZERO_RETURN: transport_close(transport); return -1;
    default: fail(transport, "connection lost: %s", tls_error()); return -1;
  }
}

static void write_waiting(transport *transport, bytes *outgoing) {
  while (outgoing->length > 0) {
    const int length = outgoing->length > READ_BYTES ? READ_BYTES : (int)outgoing->length;
    ERR_clear_error();
    const int result = transport->tls != NULL
                           ? SSL_write(transport->tls, outgoing->data, length)
                           : (int)send(transport->fd, outgoing->data, (size_t)length, MSG_NOSIGNAL);
    const int done = judge(transport, result);
    if (done <= 0) return;
    bytes_consume(outgoing, (size_t)done);
  }
}

static void read_waiting(transport *transport, bool (*take)(void *, const uint8_t *, size_t), void *context) {
  uint8_t data[READ_BYTES];
  for (int turn = 0; turn < MAXIMUM_READS_A_TURN; turn++) {
    ERR_clear_error();
    const int result = transport->tls != NULL ? SSL_read(transport->tls, data, sizeof data)
                                              : (int)recv(transport->fd, data, sizeof data, 0);
    const int count = judge(transport, result);
    if (count <= 0) return;
    if (!take(context, data, (size_t)count)) {
      transport_close(transport);
      return;
    }
  }
}

void transport_advance(transport *transport, bytes *outgoing,
                       bool (*take)(void *context, const uint8_t *, size_t), void *context, uint64_t now_ms) {
  if (transport->state == TRANSPORT_LOOKING_UP && resolver_advance(&transport->resolver)) {
    try_next_address(transport, now_ms);
  }
  if (transport->state == TRANSPORT_CONNECTING) continue_connecting(transport, now_ms);
  if (transport->state == TRANSPORT_HANDSHAKING) continue_handshake(transport);
  if (transport->state == TRANSPORT_OPEN) read_waiting(transport, take, context);
  if (transport->state == TRANSPORT_OPEN) write_waiting(transport, outgoing);
  if (transport->state != TRANSPORT_CLOSED && now_ms >= transport->give_up_ms) {
    fail(transport, "%s:%s does not answer", transport->endpoint->host, transport->endpoint->port);
  }
}

int transport_descriptor(const transport *transport) {
  return transport->state == TRANSPORT_LOOKING_UP ? transport->resolver.fd : transport->fd;
}

short transport_events(const transport *transport, const bytes *outgoing) {
  if (transport->state == TRANSPORT_OPEN && outgoing->length > 0) return POLLIN | POLLOUT;
  return transport->wants;
}
