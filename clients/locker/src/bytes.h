/// bytes.h — a queue of bytes that grows up to a named limit and never beyond.
#ifndef LOCKER_BYTES_H
#define LOCKER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// `data` is owned; the caller ends it with bytes_free.
typedef struct {
  uint8_t *data;
  size_t length;
  size_t capacity;
  size_t limit;
} bytes;

/// An empty queue that holds at most `limit` bytes.
void bytes_init(bytes *queue, size_t limit);

void bytes_free(bytes *queue);

/// Adds at the end. False, with nothing added, when it does not fit the limit or memory is short.
bool bytes_append(bytes *queue, const void *data, size_t length) __attribute__((warn_unused_result));

/// Drops `length` bytes from the front; there must be as many.
void bytes_consume(bytes *queue, size_t length);

#endif
