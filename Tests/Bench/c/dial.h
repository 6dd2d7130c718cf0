/// dial.h — a client's connection to a server on this machine, in plain text or TLS 1.3.
#ifndef BENCH_DIAL_H
#define BENCH_DIAL_H

#include <stdint.h>

/// The server's own limit for one address is 256; this many share one here.
enum { PEERS_PER_ADDRESS = 200 };

/// Connects over TCP, from a loopback address that the connection's number gives. Ends the program on failure.
int dial(unsigned number, uint16_t port);

/// An `SSL_CTX *` that trusts one certificate, a PEM file. `protocol` is what ALPN asks for, or NULL for none.
void *tls_trusting(const char *certificate, const char *protocol);

/// An `SSL *` on a connected socket, once both sides agree.
void *tls_shake_hands(void *context, int descriptor);

#endif
