#include "bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_FIRST_CAPACITY = 4096 };

void bytes_init(bytes *queue, size_t limit) { *queue = (bytes){.limit = limit}; }

void bytes_free(bytes *queue) {
  free(queue->data);
  *queue = (bytes){.limit = queue->limit};
}

bool bytes_append(bytes *queue, const void *data, size_t length) {
  if (length > queue->limit - queue->length) return false;
  const size_t needed = queue->length + length;
  if (needed > queue->capacity) {
    size_t capacity = queue->capacity > 0 ? queue->capacity : BYTES_FIRST_CAPACITY;
    while (capacity < needed) capacity *= 2;
    uint8_t *grown = realloc(queue->data, capacity);
    if (grown == NULL) return false;
    queue->data = grown;
    queue->capacity = capacity;
  }
  if (length > 0) memcpy(queue->data + queue->length, data, length);
  queue->length = needed;
  return true;
}

void bytes_consume(bytes *queue, size_t length) {
  assert(length <= queue->length);
  queue->length -= length;
  if (queue->length > 0 && length > 0) memmove(queue->data, queue->data + length, queue->length);
}
