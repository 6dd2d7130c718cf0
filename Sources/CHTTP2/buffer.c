#include <stdlib.h>
#include <string.h>

#include "session.h"

enum { SMALLEST_CAPACITY = 512 };

void buffer_init(buffer *it, uint8_t *beside, size_t capacity) {
  *it = (buffer){.memory = beside, .capacity = capacity, .beside = beside, .beside_capacity = capacity};
}

/// Room for so many bytes more, at the end.
static bool reserve(buffer *it, size_t count) {
  if (it->capacity - it->start - it->count >= count) return true;
  if (it->start > 0) {
    if (it->count > 0) memmove(it->memory, it->memory + it->start, it->count);
    it->start = 0;
    if (it->capacity - it->count >= count) return true;
  }
  if (count > SIZE_MAX / 2 - it->count) return false;
  size_t wanted = it->count + count;
  size_t capacity = it->capacity > SMALLEST_CAPACITY ? it->capacity : SMALLEST_CAPACITY;
  while (capacity < wanted) capacity *= 2;
  bool is_beside = it->memory == it->beside;
  uint8_t *memory = realloc(is_beside ? NULL : it->memory, capacity);
  if (memory == NULL) return false;
  if (is_beside && it->count > 0) memcpy(memory, it->beside, it->count);
  it->memory = memory;
  it->capacity = capacity;
  return true;
}

uint8_t *buffer_extend(buffer *it, size_t count) {
  if (!reserve(it, count)) return NULL;
  uint8_t *place = it->memory + it->start + it->count;
  it->count += count;
  return place;
}

bool buffer_append(buffer *to, const uint8_t *bytes, size_t count) {
  if (count == 0) return true;
  uint8_t *place = buffer_extend(to, count);
  if (place == NULL) return false;
  memcpy(place, bytes, count);
  return true;
}

void buffer_drop(buffer *from, size_t count) {
  from->start += count;
  from->count -= count;
  // A stream that waits keeps nothing.
  if (from->count == 0) buffer_free(from);
}

void buffer_free(buffer *it) {
  if (it->memory != it->beside) free(it->memory);
  buffer_init(it, it->beside, it->beside_capacity);
}
