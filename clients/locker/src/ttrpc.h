/// ttrpc.h — the client's side of ttrpc as a pure machine: bytes in, events out; calls in, bytes out.
///
/// Frame: `u32be length | u32be stream id | u8 type | u8 flags | payload`. The client's stream ids are odd
/// and rise. It does no I/O and has no clock; after an error it is used up and the connection is closed.
#ifndef LOCKER_TTRPC_H
#define LOCKER_TTRPC_H

#include <protobuf-c/protobuf-c.h>
#include <ttrpc/ttrpc.pb-c.h>

#include "bytes.h"
#include "failure.h"

enum {
  TTRPC_HEADER_BYTES = 10,
  TTRPC_MAXIMUM_PAYLOAD = 4 << 20,  ///< 4 MiB; a peer that announces more is cut off
  TTRPC_MAXIMUM_OUTGOING = 8 << 20,  ///< bytes waiting to be sent
  TTRPC_MAXIMUM_CALLS = 16  ///< calls in flight, streams included
};

enum { TTRPC_REQUEST = 1, TTRPC_RESPONSE = 2, TTRPC_DATA = 3 };
enum { TTRPC_REMOTE_CLOSED = 0x01, TTRPC_REMOTE_OPEN = 0x02, TTRPC_NO_DATA = 0x04 };

typedef struct {
  uint32_t length;
  uint32_t stream_id;
  uint8_t type;
  uint8_t flags;
} ttrpc_header;

void ttrpc_header_write(uint8_t bytes[TTRPC_HEADER_BYTES], ttrpc_header header);
ttrpc_header ttrpc_header_read(const uint8_t bytes[TTRPC_HEADER_BYTES]);

typedef enum { TTRPC_UNARY, TTRPC_SERVER_STREAM } ttrpc_kind;

typedef struct {
  uint32_t stream_id;  ///< 0: this place is free
  ttrpc_kind kind;
  int tag;  ///< the caller's name for the call
  uint64_t sent_ms;
  uint64_t answer_by_ms;
} ttrpc_call;

typedef enum {
  TTRPC_EVENT_NONE = 0,  ///< no whole frame is there
  TTRPC_EVENT_ANSWER,  ///< a unary call succeeded: `message`
  TTRPC_EVENT_MESSAGE,  ///< one message of a stream: `message`
  TTRPC_EVENT_END,  ///< a stream ended well
  TTRPC_EVENT_FAILURE,  ///< a call or stream failed: `failure`
  TTRPC_EVENT_BROKEN  ///< the peer broke the protocol: `failure.message` says how
} ttrpc_event_kind;

typedef struct {
  ttrpc_event_kind kind;
  int tag;
  uint64_t sent_ms;  ///< when the call was sent
  ProtobufCBinaryData message;  ///< borrowed until the next call of ttrpc_next
  failure failure;
} ttrpc_event;

typedef struct {
  bytes incoming;
  bytes outgoing;
  ttrpc_call calls[TTRPC_MAXIMUM_CALLS];
  uint32_t next_stream_id;
  size_t taken;  ///< bytes of `incoming` that the last event borrowed
  Ttrpc__Response *response;  ///< what the last event borrowed, or NULL
  bool end_pending;  ///< the last message also ended its stream
  int end_tag;
} ttrpc_client;

void ttrpc_init(ttrpc_client *client);
void ttrpc_free(ttrpc_client *client);

/// Queues a request. `timeout_ms` goes to the server and sets the call's deadline here; 0 for a stream that
/// may last. Returns 0, or -1 when too many calls or bytes are waiting, or the request is over the limit.
int ttrpc_start(ttrpc_client *client, ttrpc_kind kind, int tag, const char *service, const char *method,
                const ProtobufCMessage *request, uint64_t timeout_ms, uint64_t now_ms)
    __attribute__((warn_unused_result));

/// Takes bytes from the peer. Returns 0, or -1 when memory is short or events were left lying.
int ttrpc_receive(ttrpc_client *client, const void *data, size_t length) __attribute__((warn_unused_result));

/// The next event. An announced length over the limit breaks the connection before its payload is awaited.
ttrpc_event ttrpc_next(ttrpc_client *client);

/// True when a call with this tag is in flight.
bool ttrpc_in_flight(const ttrpc_client *client, int tag);

/// The earliest moment at which a call will have waited too long; CLOCK_NEVER when none is waiting.
uint64_t ttrpc_answer_by_ms(const ttrpc_client *client);

#endif
