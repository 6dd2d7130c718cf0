#include <stdlib.h>
#include <string.h>

#include "session.h"

enum { SMALLEST_CAPACITY = 64 };

bool buffer_reserve(buffer *it, size_t count) {
  if (it->capacity - it->start - it->count >= count) return true;
  if (it->start > 0) {
    if (it->count > 0) memmove(it->memory, it->memory + it->start, it->count);
    it->start = 0;
    if (it->capacity - it->count >= count) return true;
  }
  if (count > SIZE_MAX / 2 - it->count) return false;
  size_t wanted = it->count + count;
  size_t capacity = it->capacity > 0 ? it->capacity : SMALLEST_CAPACITY;
  while (capacity < wanted) capacity *= 2;
  uint8_t *memory = realloc(it->memory, capacity);
  if (memory == NULL) return false;
  it->memory = memory;
  it->capacity = capacity;
  return true;
}

bool buffer_append(buffer *to, const uint8_t *bytes, size_t count) {
  if (count == 0) return true;
  if (!buffer_reserve(to, count)) return false;
  memcpy(to->memory + to->start + to->count, bytes, count);
  to->count += count;
  return true;
}

void buffer_drop(buffer *from, size_t count) {
  from->start += count;
  from->count -= count;
  // A stream that waits keeps nothing.
  if (from->count == 0) buffer_free(from);
}

void buffer_free(buffer *it) {
  free(it->memory);
  *it = (buffer){0};
}
