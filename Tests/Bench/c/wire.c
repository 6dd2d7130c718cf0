#include "wire.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint8_t *buffer_reserve(buffer *buffer, size_t count) {
  size_t wanted = buffer->length + count;
  if (wanted > buffer->capacity) {
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : 256;
    while (capacity < wanted) capacity *= 2;
    buffer->bytes = realloc(buffer->bytes, capacity);
    if (!buffer->bytes) fail("out of memory");
    buffer->capacity = capacity;
  }
  return buffer->bytes + buffer->length;
}

void buffer_append(buffer *buffer, const void *bytes, size_t count) {
  if (count == 0) return;
  memcpy(buffer_reserve(buffer, count), bytes, count);
  buffer->length += count;
}

void buffer_drop(buffer *buffer, size_t count) {
  if (count == 0) return;
  buffer->length -= count;
  memmove(buffer->bytes, buffer->bytes + count, buffer->length);
}

static void put_varint(buffer *buffer, uint64_t value) {
  uint8_t *out = buffer_reserve(buffer, 10);
  size_t count = 0;
  for (; value >= 0x80; value >>= 7) out[count++] = (uint8_t)(value | 0x80);
  out[count++] = (uint8_t)value;
  buffer->length += count;
}

void put_integer(buffer *buffer, uint32_t number, int64_t value) {
  if (value == 0) return;
  put_varint(buffer, number << 3);
  put_varint(buffer, (uint64_t)value);
}

void put_bytes(buffer *buffer, uint32_t number, const void *bytes, size_t count) {
  put_varint(buffer, number << 3 | 2);
  put_varint(buffer, count);
  buffer_append(buffer, bytes, count);
}

void put_text(buffer *buffer, uint32_t number, const char *text) {
  put_bytes(buffer, number, text, strlen(text));
}

static uint64_t take_varint(span *message) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (message->length == 0) fail("a message ends within a number");
    uint8_t byte = *message->bytes++;
    message->length--;
    value |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  fail("a number is longer than 64 bits");
}

bool next_field(span *message, field *field) {
  if (message->length == 0) return false;
  uint64_t tag = take_varint(message);
  field->number = (uint32_t)(tag >> 3);
  field->integer = 0;
  field->bytes = (span){0};
  size_t fixed = 0;
  switch (tag & 7) {
    case 0: field->integer = take_varint(message); return true;
    case 1: fixed = 8; break;
    case 2: fixed = take_varint(message); break;
    case 5: fixed = 4; break;
    default: fail("a message has a field of wire type %d", (int)(tag & 7));
  }
  if (fixed > message->length) fail("a message ends within a field");
  field->bytes = (span){message->bytes, fixed};
  message->bytes += fixed;
  message->length -= fixed;
  return true;
}

bool find_field(span message, uint32_t number, field *found) {
  bool is_found = false;
  for (field each; next_field(&message, &each);) {
    if (each.number != number) continue;
    *found = each;
    is_found = true;
  }
  return is_found;
}

bool next_frame(span bytes, frame *frame) {
  if (bytes.length < FRAME_HEADER_BYTES) return false;
  uint32_t length, stream;
  memcpy(&length, bytes.bytes, 4);
  memcpy(&stream, bytes.bytes + 4, 4);
  frame->data = (span){bytes.bytes + FRAME_HEADER_BYTES, ntohl(length)};
  frame->stream = ntohl(stream);
  frame->type = bytes.bytes[8];
  frame->flags = bytes.bytes[9];
  return bytes.length - FRAME_HEADER_BYTES >= frame->data.length;
}

void put_request(buffer *out, uint32_t stream, bool is_stream, const char *service, const char *method,
                 span payload) {
  size_t start = out->length;
  buffer_reserve(out, FRAME_HEADER_BYTES + strlen(service) + strlen(method) + payload.length + 32);
  out->length += FRAME_HEADER_BYTES;
  put_text(out, 1, service);
  put_text(out, 2, method);
  put_bytes(out, 3, payload.bytes, payload.length);
  if (!is_stream) put_integer(out, 4, CALL_TIMEOUT_NANO);
  uint32_t length = htonl((uint32_t)(out->length - start - FRAME_HEADER_BYTES));
  uint32_t id = htonl(stream);
  uint8_t *header = out->bytes + start;
  memcpy(header, &length, 4);
  memcpy(header + 4, &id, 4);
  header[8] = FRAME_REQUEST;
  header[9] = is_stream ? FLAG_REMOTE_CLOSED : 0;
}

bool read_response(span envelope, span *payload, span *status) {
  *payload = (span){0};
  *status = (span){0};
  field code;
  for (field each; next_field(&envelope, &each);) {
    if (each.number == 1) *status = each.bytes;
    if (each.number == 2) *payload = each.bytes;
  }
  return !find_field(*status, 1, &code) || code.integer == 0;
}

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("bench: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

void fail_status(const char *what, span status) {
  field code = {0}, message = {0};
  find_field(status, 1, &code);
  find_field(status, 2, &message);
  fail("%s: refused with code %d: %.*s", what, (int)code.integer, (int)message.bytes.length,
       (const char *)message.bytes.bytes);
}

int64_t now_nano(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int compare(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

double quantile(double *samples, size_t count, double share) {
  if (count == 0) return 0;
  qsort(samples, count, sizeof *samples, compare);
  size_t index = (size_t)(share * (double)count);
  return samples[index < count ? index : count - 1];
}
