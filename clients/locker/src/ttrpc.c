#include "ttrpc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/// Room for one whole frame and one more read from the socket.
enum { MAXIMUM_INCOMING = TTRPC_MAXIMUM_PAYLOAD + TTRPC_HEADER_BYTES + (64 << 10), FIRST_STREAM_ID = 1 };

static void write_u32(uint8_t *bytes, uint32_t value) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t read_u32(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void ttrpc_header_write(uint8_t bytes[TTRPC_HEADER_BYTES], ttrpc_header header) {
  write_u32(bytes, header.length);
  write_u32(bytes + 4, header.stream_id);
  bytes[8] = header.type;
  bytes[9] = header.flags;
}

ttrpc_header ttrpc_header_read(const uint8_t bytes[TTRPC_HEADER_BYTES]) {
  return (ttrpc_header){
      .length = read_u32(bytes), .stream_id = read_u32(bytes + 4), .type = bytes[8], .flags = bytes[9]};
}

void ttrpc_init(ttrpc_client *client) {
  *client = (ttrpc_client){.next_stream_id = FIRST_STREAM_ID};
  bytes_init(&client->incoming, MAXIMUM_INCOMING);
  bytes_init(&client->outgoing, TTRPC_MAXIMUM_OUTGOING);
}

void ttrpc_free(ttrpc_client *client) {
  if (client->response != NULL) ttrpc__response__free_unpacked(client->response, NULL);
  client->response = NULL;
  bytes_free(&client->incoming);
  bytes_free(&client->outgoing);
}

// Calls -----------------------------------------------------------------------------------------------

static ttrpc_call *find_call(ttrpc_client *client, uint32_t stream_id) {
  for (int i = 0; i < TTRPC_MAXIMUM_CALLS; i++) {
    if (client->calls[i].stream_id == stream_id) return &client->calls[i];
  }
  return NULL;
}

bool ttrpc_in_flight(const ttrpc_client *client, int tag) {
  for (int i = 0; i < TTRPC_MAXIMUM_CALLS; i++) {
    if (client->calls[i].stream_id != 0 && client->calls[i].tag == tag) return true;
  }
  return false;
}

uint64_t ttrpc_answer_by_ms(const ttrpc_client *client) {
  uint64_t earliest_ms = CLOCK_NEVER;
  for (int i = 0; i < TTRPC_MAXIMUM_CALLS; i++) {
    if (client->calls[i].stream_id != 0)
      earliest_ms = clock_earlier(earliest_ms, client->calls[i].answer_by_ms);
  }
  return earliest_ms;
}

/// Encodes a message into memory of its own. NULL when it is over the limit or memory is short.
static uint8_t *encode(const ProtobufCMessage *message, size_t *length) {
  *length = protobuf_c_message_get_packed_size(message);
  if (*length > TTRPC_MAXIMUM_PAYLOAD) return NULL;
  uint8_t *packed = malloc(*length > 0 ? *length : 1);
  if (packed != NULL) protobuf_c_message_pack(message, packed);
  return packed;
}

static int queue_frame(ttrpc_client *client, uint32_t stream_id, uint8_t flags,
                       const ProtobufCMessage *envelope) {
  size_t length;
  uint8_t *packed = encode(envelope, &length);
  if (packed == NULL) return -1;
  uint8_t header[TTRPC_HEADER_BYTES];
  ttrpc_header_write(
      header, (ttrpc_header){
                  .length = (uint32_t)length, .stream_id = stream_id, .type = TTRPC_REQUEST, .flags = flags});
  const bool fits = sizeof header + length <= client->outgoing.limit - client->outgoing.length;
  const bool queued = fits && bytes_append(&client->outgoing, header, sizeof header) &&
                      bytes_append(&client->outgoing, packed, length);
  free(packed);
  return queued ? 0 : -1;
}

int ttrpc_start(ttrpc_client *client, ttrpc_kind kind, int tag, const char *service, const char *method,
                const ProtobufCMessage *request, uint64_t timeout_ms, uint64_t now_ms) {
  ttrpc_call *call = find_call(client, 0);
  if (call == NULL || client->next_stream_id > INT32_MAX) return -1;
  size_t length;
  uint8_t *packed = encode(request, &length);
  if (packed == NULL) return -1;
  Ttrpc__Request envelope = TTRPC__REQUEST__INIT;
  envelope.service = (char *)service;
  envelope.method = (char *)method;
  envelope.payload = (ProtobufCBinaryData){.len = length, .data = packed};
  envelope.timeout_nano = (int64_t)timeout_ms * 1000000;
  // A stream of the server's takes no further data from us: our side of it is closed at once.
  const uint8_t flags = kind == TTRPC_SERVER_STREAM ? TTRPC_REMOTE_CLOSED : 0;
  const int result = queue_frame(client, client->next_stream_id, flags, &envelope.base);
  free(packed);
  if (result != 0) return -1;
  *call = (ttrpc_call){.stream_id = client->next_stream_id,
                       .kind = kind,
                       .tag = tag,
                       .sent_ms = now_ms,
                       .answer_by_ms = timeout_ms > 0 ? now_ms + timeout_ms : CLOCK_NEVER};
  client->next_stream_id += 2;
  return 0;
}

// Events ----------------------------------------------------------------------------------------------

/// Ends what the last event borrowed.
static void release(ttrpc_client *client) {
  if (client->response != NULL) ttrpc__response__free_unpacked(client->response, NULL);
  client->response = NULL;
  bytes_consume(&client->incoming, client->taken);
  client->taken = 0;
}

int ttrpc_receive(ttrpc_client *client, const void *data, size_t length) {
  release(client);
  return bytes_append(&client->incoming, data, length) ? 0 : -1;
}

static ttrpc_event broken(const char *format, ...) __attribute__((format(printf, 1, 2)));
static ttrpc_event broken(const char *format, ...) {
  ttrpc_event event = {.kind = TTRPC_EVENT_BROKEN, .failure = {.code = CODE_UNKNOWN}};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(event.failure.message, sizeof event.failure.message, format, arguments);
  va_end(arguments);
  return event;
}

static ttrpc_event take_response(ttrpc_client *client, ttrpc_call *call, const uint8_t *payload,
                                 size_t length) {
  ttrpc_event event = {.tag = call->tag, .sent_ms = call->sent_ms};
  client->response = ttrpc__response__unpack(NULL, length, payload);
  if (client->response == NULL) return broken("a response that is not a ttrpc Response");
  call->stream_id = 0;
  if (client->response->status != NULL) failure_read(&event.failure, client->response->status);
  if (event.failure.code != CODE_OK) {
    event.kind = TTRPC_EVENT_FAILURE;
  } else if (call->kind == TTRPC_UNARY) {
    event.kind = TTRPC_EVENT_ANSWER;
    event.message = client->response->payload;
  } else {
    event.kind = TTRPC_EVENT_END;
  }
  return event;
}

static ttrpc_event take_data(ttrpc_client *client, ttrpc_call *call, ttrpc_header header, uint8_t *payload) {
  if (call->kind != TTRPC_SERVER_STREAM) return broken("data on the unary stream %u", header.stream_id);
  ttrpc_event event = {.tag = call->tag, .sent_ms = call->sent_ms};
  const bool ends = (header.flags & TTRPC_REMOTE_CLOSED) != 0;
  if (ends) call->stream_id = 0;
  if ((header.flags & TTRPC_NO_DATA) == 0) {
    event.kind = TTRPC_EVENT_MESSAGE;
    event.message = (ProtobufCBinaryData){.len = header.length, .data = payload};
    client->end_pending = ends;
    client->end_tag = call->tag;
  } else {
    event.kind = ends ? TTRPC_EVENT_END : TTRPC_EVENT_NONE;
  }
  return event;
}

/// Handles one whole frame.
static ttrpc_event take_frame(ttrpc_client *client, ttrpc_header header, uint8_t *payload) {
  if (header.type != TTRPC_RESPONSE && header.type != TTRPC_DATA) {
    return broken("a frame of type %u, which a server does not send", header.type);
  }
  ttrpc_call *call = header.stream_id == 0 ? NULL : find_call(client, header.stream_id);
  if (call == NULL) return broken("a frame for stream %u, which is not open", header.stream_id);
  if (header.type == TTRPC_DATA) return take_data(client, call, header, payload);
  return take_response(client, call, payload, header.length);
}

ttrpc_event ttrpc_next(ttrpc_client *client) {
  for (;;) {
    if (client->end_pending) {
      client->end_pending = false;
      return (ttrpc_event){.kind = TTRPC_EVENT_END, .tag = client->end_tag};
    }
    release(client);
    if (client->incoming.length < TTRPC_HEADER_BYTES) return (ttrpc_event){.kind = TTRPC_EVENT_NONE};
    const ttrpc_header header = ttrpc_header_read(client->incoming.data);
    if (header.length > TTRPC_MAXIMUM_PAYLOAD) {
      return broken("a frame of %u bytes; the limit is %d", header.length, TTRPC_MAXIMUM_PAYLOAD);
    }
    if (client->incoming.length < TTRPC_HEADER_BYTES + header.length)
      return (ttrpc_event){.kind = TTRPC_EVENT_NONE};
    client->taken = TTRPC_HEADER_BYTES + header.length;
    const ttrpc_event event = take_frame(client, header, client->incoming.data + TTRPC_HEADER_BYTES);
    if (event.kind != TTRPC_EVENT_NONE) return event;
  }
}
