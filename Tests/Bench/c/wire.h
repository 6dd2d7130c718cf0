/// wire.h — ttrpc frames and the little of protobuf that load generators need, written out by hand so that a
/// client costs next to nothing beside the server that it measures.
///
/// Everything here trusts its peer no further than the buffer goes: what does not fit ends the program.
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  FRAME_HEADER_BYTES = 10,
  FRAME_REQUEST = 1,
  FRAME_RESPONSE = 2,
  FRAME_DATA = 3,
  FLAG_REMOTE_CLOSED = 0x01,
  FLAG_NO_DATA = 0x04,
};

/// What every call gives the server: 10 s, so that deadlines are at work as in production.
#define CALL_TIMEOUT_NANO 10000000000LL

/// Bytes that grow. All zero is an empty one; `free(bytes)` gives it back.
typedef struct {
  uint8_t *bytes;
  size_t length;
  size_t capacity;
} buffer;

/// Bytes that belong to somebody else.
typedef struct {
  const uint8_t *bytes;
  size_t length;
} span;

/// Makes room for `count` more bytes and returns where they go; `length` is not changed.
uint8_t *buffer_reserve(buffer *buffer, size_t count);
void buffer_append(buffer *buffer, const void *bytes, size_t count);
/// Takes bytes off the front.
void buffer_drop(buffer *buffer, size_t count);

/// Protobuf fields, appended.
void put_integer(buffer *buffer, uint32_t field, int64_t value);
void put_bytes(buffer *buffer, uint32_t field, const void *bytes, size_t count);
void put_text(buffer *buffer, uint32_t field, const char *text);

/// One field of a message. `integer` for varints, `bytes` for what has a length.
typedef struct {
  uint32_t number;
  uint64_t integer;
  span bytes;
} field;

/// Takes the next field off the front of `message`; false at its end. Malformed bytes end the program.
bool next_field(span *message, field *field);
/// The last field of that number; false when there is none.
bool find_field(span message, uint32_t number, field *field);

typedef struct {
  uint32_t stream;
  uint8_t type;
  uint8_t flags;
  span data;
} frame;

/// The first frame in `bytes`; false when it is not complete yet. It covers FRAME_HEADER_BYTES and its data.
bool next_frame(span bytes, frame *frame);

/// Appends a request frame, with a deadline unless the call is a stream.
void put_request(buffer *out, uint32_t stream, bool is_stream, const char *service, const char *method,
                 span payload);

/// Reads a response's envelope: true and its payload, or false and its status, an encoded google.rpc.Status.
bool read_response(span envelope, span *payload, span *status);

/// Prints what went wrong and ends the program.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// The same for a status that a call came back with.
_Noreturn void fail_status(const char *what, span status);

/// Monotonic nanoseconds.
int64_t now_nano(void);

/// Sorts samples and gives the value below which `share` (0 to 1) of them lie; 0 when there are none.
double quantile(double *samples, size_t count, double share);

#endif
