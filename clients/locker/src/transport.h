/// transport.h — one connection to the server: name look-up, TCP, TLS 1.3, then bytes both ways. Never
/// blocks.
///
/// The server is believed only with a certificate that the given CA file (or, without one, the system)
/// vouches for and that names the host. Without TLS, only loopback addresses are connected to (S3).
#ifndef LOCKER_TRANSPORT_H
#define LOCKER_TRANSPORT_H

#include <openssl/ssl.h>

#include "bytes.h"
#include "resolver.h"

enum {
  TRANSPORT_CONNECT_MS = 5000,  ///< for each address
  TRANSPORT_HANDSHAKE_MS = 10000,
  TRANSPORT_LOOK_UP_MS = 10000,
  TRANSPORT_PROBLEM_BYTES = 256
};

/// A context that trusts the certificates in `ca_file` (PEM), or those of the system when it is NULL.
/// NULL when that cannot be; `problem` says why. The caller frees it with SSL_CTX_free.
SSL_CTX *transport_trust(const char *ca_file, char problem[TRANSPORT_PROBLEM_BYTES]);

typedef enum {
  TRANSPORT_CLOSED = 0,
  TRANSPORT_LOOKING_UP,
  TRANSPORT_CONNECTING,
  TRANSPORT_HANDSHAKING,
  TRANSPORT_OPEN
} transport_state;

typedef struct transport {
  transport_state state;
  const endpoint *endpoint;
  SSL_CTX *trust;  ///< NULL: plain text, loopback only
  SSL *tls;
  int fd;
  resolver resolver;
  size_t next_address;
  uint64_t give_up_ms;  ///< for the step that is being done; CLOCK_NEVER when open
  short wants;  ///< poll events
  char problem[TRANSPORT_PROBLEM_BYTES];  ///< why it closed; empty when the server closed it in order
} transport;

/// Starts to connect. `endpoint` and `trust` outlive the transport. It may be closed again on return.
void transport_start(transport *transport, const endpoint *endpoint, SSL_CTX *trust, uint64_t now_ms);

/// Does what can be done: connects, writes from `outgoing`, and hands what was read to `take`, which returns
/// false to close.
void transport_advance(transport *transport, bytes *outgoing,
                       bool (*take)(void *context, const uint8_t *, size_t), void *context, uint64_t now_ms);

/// What to wait for: a descriptor (-1 when closed) and poll events.
int transport_descriptor(const transport *transport);
short transport_events(const transport *transport, const bytes *outgoing);

/// Says good-bye where it can and closes. Harmless when closed.
void transport_close(transport *transport);

#endif
