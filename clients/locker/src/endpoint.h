/// endpoint.h — where the server is: HOST:PORT, [IPv6]:PORT. Pure.
#ifndef LOCKER_ENDPOINT_H
#define LOCKER_ENDPOINT_H

#include <stdbool.h>
#include <sys/socket.h>

enum { ENDPOINT_HOST_BYTES = 254, ENDPOINT_PORT_BYTES = 6 };

typedef struct {
  char host[ENDPOINT_HOST_BYTES];  ///< a name or an address, without brackets
  char port[ENDPOINT_PORT_BYTES];  ///< 1 to 65535, decimal
} endpoint;

/// Reads `HOST:PORT`. False when it is none.
bool endpoint_parse(const char *text, endpoint *endpoint);

/// True for `localhost` and for addresses of the loopback network: plain text may go there only (S3).
bool endpoint_is_loopback(const endpoint *endpoint);

/// The same for an address that a name was resolved to.
bool endpoint_address_is_loopback(const struct sockaddr *address);

/// True when the host is an address rather than a name.
bool endpoint_is_address(const endpoint *endpoint);

#endif
