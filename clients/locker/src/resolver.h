/// resolver.h — looks a host name up without stopping the loop.
///
/// A name server that does not answer can hold getaddrinfo for many seconds, while doors are being watched.
/// So a name is looked up by a short-lived child process; an address is read on the spot. The child holds
/// none of this process's files and locks, obeys signals as any process does, and ends when this process
/// ends.
#ifndef LOCKER_RESOLVER_H
#define LOCKER_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "endpoint.h"

enum { RESOLVER_MAXIMUM_ADDRESSES = 8 };

typedef struct {
  struct sockaddr_storage address;
  socklen_t length;
} resolved_address;

typedef struct resolver {
  pid_t child;   ///< 0: none is running
  int fd;        ///< readable when there is something to take; -1 when done
  resolved_address list[RESOLVER_MAXIMUM_ADDRESSES];
  size_t count;
  size_t partial_bytes;
} resolver;

/// Starts. Returns 0 — with `fd` -1 when the answer is there already — or -1 with errno.
int resolver_start(resolver *resolver, const endpoint *endpoint) __attribute__((warn_unused_result));

/// Takes what came. True when the answer is complete; `count` is 0 when the name is unknown.
bool resolver_advance(resolver *resolver);

/// Ends the child where one is still running. Harmless when there is none.
void resolver_stop(resolver *resolver);

#endif
