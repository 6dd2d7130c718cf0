#include "resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"

/// Looks up and fills `list`; returns how many addresses there are.
static size_t look_up(const endpoint *endpoint, int flags,
                      resolved_address list[RESOLVER_MAXIMUM_ADDRESSES]) {
  const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
  struct addrinfo *found = NULL;
  if (getaddrinfo(endpoint->host, endpoint->port, &hints, &found) != 0) return 0;
  size_t count = 0;
  for (const struct addrinfo *one = found; one != NULL && count < RESOLVER_MAXIMUM_ADDRESSES;
       one = one->ai_next) {
    if (one->ai_addrlen > sizeof list[count].address) continue;
    memset(&list[count], 0, sizeof list[count]);
    memcpy(&list[count].address, one->ai_addr, one->ai_addrlen);
    list[count++].length = one->ai_addrlen;
  }
  freeaddrinfo(found);
  return count;
}

/// The child lets go of what its parent holds: files and their locks, and signals. It ends with its parent.
static void part_from(pid_t parent, int fd) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
  if (fd > 0) close_range(0, (unsigned)fd - 1, 0);
  close_range((unsigned)fd + 1, ~0u, 0);
}

/// The child: writes the addresses and ends.
static void answer_and_end(const endpoint *endpoint, int fd) {
  resolved_address list[RESOLVER_MAXIMUM_ADDRESSES];
  const size_t count = look_up(endpoint, AI_ADDRCONFIG, list);
  _exit(file_write_all(fd, list, count * sizeof list[0]) == 0 ? 0 : 1);
}

int resolver_start(resolver *resolver, const endpoint *endpoint) {
  *resolver = (struct resolver){.fd = -1};
  resolver->count = look_up(endpoint, AI_NUMERICHOST, resolver->list);
  if (resolver->count > 0) return 0;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  const pid_t parent = getpid();
  resolver->child = fork();
  if (resolver->child == 0) {
    part_from(parent, ends[1]);
    answer_and_end(endpoint, ends[1]);
  }
  const int saved = errno;
  close(ends[1]);
  if (resolver->child < 0) {
    resolver->child = 0;
    close(ends[0]);
    errno = saved;
    return -1;
  }
  resolver->fd = ends[0];
  return fcntl(resolver->fd, F_SETFL, O_NONBLOCK);
}

void resolver_stop(resolver *resolver) {
  if (resolver->child > 0) {
    kill(resolver->child, SIGKILL);
    waitpid(resolver->child, NULL, 0);
    resolver->child = 0;
  }
  if (resolver->fd >= 0) close(resolver->fd);
  resolver->fd = -1;
}

bool resolver_advance(resolver *resolver) {
  uint8_t *const list = (uint8_t *)resolver->list;
  while (resolver->fd >= 0) {
    const ssize_t count =
        read(resolver->fd, list + resolver->partial_bytes, sizeof resolver->list - resolver->partial_bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return false;
    if (count > 0) {
      resolver->partial_bytes += (size_t)count;
      continue;
    }
    resolver->count = resolver->partial_bytes / sizeof resolver->list[0];
    resolver_stop(resolver);
  }
  return true;
}
