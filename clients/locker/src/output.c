#include "output.h"

#include <poll.h>
#include <unistd.h>

bool output_write(int fd, const char *text, size_t length) {
  while (length > 0) {
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (poll(&ready, 1, 0) <= 0) return false;
    const ssize_t written = write(fd, text, length < OUTPUT_CHUNK_BYTES ? length : OUTPUT_CHUNK_BYTES);
    if (written <= 0) return false;
    text += written;
    length -= (size_t)written;
  }
  return true;
}
