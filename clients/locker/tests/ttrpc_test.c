#include "ttrpc.h"

#include <google/rpc/error_details.pb-c.h>
#include <latchkey/v1/auth.pb-c.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "clock.h"

enum { TAG_UNARY = 7, TAG_STREAM = 8, WIRE_BYTES = 4096 };

/// What a server would send.
typedef struct {
  uint8_t bytes[WIRE_BYTES];
  size_t length;
} wire;

static void add_frame(wire *wire, uint32_t stream, uint8_t type, uint8_t flags, const void *payload,
                      size_t length) {
  ttrpc_header_write(wire->bytes + wire->length, (ttrpc_header){(uint32_t)length, stream, type, flags});
  if (length > 0) memcpy(wire->bytes + wire->length + TTRPC_HEADER_BYTES, payload, length);
  wire->length += TTRPC_HEADER_BYTES + length;
}

static void add_answer(wire *wire, uint32_t stream, const char *payload) {
  uint8_t packed[256];
  Ttrpc__Response response = TTRPC__RESPONSE__INIT;
  response.payload = (ProtobufCBinaryData){strlen(payload), (uint8_t *)payload};
  add_frame(wire, stream, TTRPC_RESPONSE, 0, packed, ttrpc__response__pack(&response, packed));
}

static void add_failure(wire *wire, uint32_t stream) {
  uint8_t packed[512], info_packed[256], retry_packed[32];
  Google__Rpc__ErrorInfo__MetadataEntry entry = GOOGLE__RPC__ERROR_INFO__METADATA_ENTRY__INIT;
  Google__Rpc__ErrorInfo__MetadataEntry *entries[] = {&entry};
  Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
  entry.key = "acknowledged_number";
  entry.value = "41";
  info.reason = "REPORT_OUT_OF_ORDER";
  info.n_metadata = 1;
  info.metadata = entries;
  Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
  Google__Rpc__RetryInfo retry = GOOGLE__RPC__RETRY_INFO__INIT;
  delay.seconds = 2;
  delay.nanos = 500000000;
  retry.retry_delay = &delay;
  Google__Protobuf__Any first = GOOGLE__PROTOBUF__ANY__INIT, second = GOOGLE__PROTOBUF__ANY__INIT;
  Google__Protobuf__Any *details[] = {&first, &second};
  first.type_url = "type.googleapis.com/google.rpc.ErrorInfo";
  first.value = (ProtobufCBinaryData){google__rpc__error_info__pack(&info, info_packed), info_packed};
  second.type_url = "type.googleapis.com/google.rpc.RetryInfo";
  second.value = (ProtobufCBinaryData){google__rpc__retry_info__pack(&retry, retry_packed), retry_packed};
  Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
  status.code = 9;
  status.message = "Go on at 42.";
  status.n_details = 2;
  status.details = details;
  Ttrpc__Response response = TTRPC__RESPONSE__INIT;
  response.status = &status;
  add_frame(wire, stream, TTRPC_RESPONSE, 0, packed, ttrpc__response__pack(&response, packed));
}

static void start(ttrpc_client *client, ttrpc_kind kind, int tag) {
  Latchkey__V1__WhoAmIRequest request = LATCHKEY__V1__WHO_AM_IREQUEST__INIT;
  CHECK(ttrpc_start(client, kind, tag, "a.B", "C", &request.base, kind == TTRPC_UNARY ? 1000 : 0, 50) == 0);
}

static bool says(const ttrpc_event *event, const char *text) {
  return event->message.len == strlen(text) && memcmp(event->message.data, text, event->message.len) == 0;
}

static void test_requests(void) {
  CASE("A2 requests carry the envelope; ids are odd and rise; a stream closes our side");
  ttrpc_client client;
  ttrpc_init(&client);
  start(&client, TTRPC_UNARY, TAG_UNARY);
  const size_t first_length = client.outgoing.length;
  start(&client, TTRPC_SERVER_STREAM, TAG_STREAM);
  ttrpc_header header = ttrpc_header_read(client.outgoing.data);
  CHECK(header.stream_id == 1 && header.type == TTRPC_REQUEST && header.flags == 0);
  CHECK(first_length == TTRPC_HEADER_BYTES + header.length);
  Ttrpc__Request *request =
      ttrpc__request__unpack(NULL, header.length, client.outgoing.data + TTRPC_HEADER_BYTES);
  CHECK(request != NULL && strcmp(request->service, "a.B") == 0 && strcmp(request->method, "C") == 0);
  CHECK(request->timeout_nano == 1000000000);
  ttrpc__request__free_unpacked(request, NULL);
  header = ttrpc_header_read(client.outgoing.data + first_length);
  CHECK(header.stream_id == 3 && header.flags == TTRPC_REMOTE_CLOSED);
  CHECK(ttrpc_in_flight(&client, TAG_UNARY) && ttrpc_in_flight(&client, TAG_STREAM));
  CHECK(ttrpc_answer_by_ms(&client) == 1050);
  ttrpc_free(&client);
}

/// One answer, a stream of two messages and its end, then a failure.
static void build_conversation(wire *wire) {
  wire->length = 0;
  add_frame(wire, 3, TTRPC_DATA, 0, "one", 3);
  add_answer(wire, 1, "answer");
  add_frame(wire, 3, TTRPC_DATA, TTRPC_NO_DATA, NULL, 0);
  add_frame(wire, 3, TTRPC_DATA, 0, "", 0);
  add_frame(wire, 3, TTRPC_DATA, TTRPC_REMOTE_CLOSED | TTRPC_NO_DATA, NULL, 0);
  add_failure(wire, 5);
}

static void check_conversation(const wire *wire, size_t cut) {
  static const ttrpc_event_kind expected[] = {TTRPC_EVENT_MESSAGE, TTRPC_EVENT_ANSWER, TTRPC_EVENT_MESSAGE,
                                              TTRPC_EVENT_END, TTRPC_EVENT_FAILURE};
  ttrpc_client client;
  size_t seen = 0;
  ttrpc_init(&client);
  start(&client, TTRPC_UNARY, TAG_UNARY);
  start(&client, TTRPC_SERVER_STREAM, TAG_STREAM);
  start(&client, TTRPC_UNARY, TAG_UNARY);
  for (int part = 0; part < 2; part++) {
    const size_t from = part == 0 ? 0 : cut, to = part == 0 ? cut : wire->length;
    CHECK(ttrpc_receive(&client, wire->bytes + from, to - from) == 0);
    for (;;) {
      const ttrpc_event event = ttrpc_next(&client);
      if (event.kind == TTRPC_EVENT_NONE) break;
      CHECK(seen < 5 && event.kind == expected[seen]);
      if (seen == 0) CHECK(says(&event, "one") && event.tag == TAG_STREAM);
      if (seen == 1) CHECK(says(&event, "answer") && event.tag == TAG_UNARY && event.sent_ms == 50);
      if (seen == 2) CHECK(event.message.len == 0);
      if (seen == 4) {
        CHECK(event.failure.code == 9 && failure_is(&event.failure, "REPORT_OUT_OF_ORDER"));
        CHECK(event.failure.has_acknowledged_number && event.failure.acknowledged_number == 41);
        CHECK(event.failure.retry_ms == 2500 && strcmp(event.failure.message, "Go on at 42.") == 0);
      }
      seen++;
    }
  }
  CHECK(seen == 5 && !ttrpc_in_flight(&client, TAG_UNARY) && !ttrpc_in_flight(&client, TAG_STREAM));
  CHECK(ttrpc_answer_by_ms(&client) == CLOCK_NEVER);
  ttrpc_free(&client);
}

/// The event that follows on these bytes, after one unary call (stream 1) and one stream (3).
static ttrpc_event_kind after(const wire *wire) {
  ttrpc_client client;
  ttrpc_init(&client);
  start(&client, TTRPC_UNARY, TAG_UNARY);
  start(&client, TTRPC_SERVER_STREAM, TAG_STREAM);
  CHECK(ttrpc_receive(&client, wire->bytes, wire->length) == 0);
  const ttrpc_event_kind kind = ttrpc_next(&client).kind;
  ttrpc_free(&client);
  return kind;
}

static ttrpc_event_kind after_frame(uint32_t stream, uint8_t type, uint8_t flags, const char *payload) {
  wire wire = {.length = 0};
  add_frame(&wire, stream, type, flags, payload, strlen(payload));
  return after(&wire);
}

static ttrpc_event_kind after_header(uint32_t length) {
  wire wire = {.length = TTRPC_HEADER_BYTES};
  ttrpc_header_write(wire.bytes, (ttrpc_header){length, 3, TTRPC_DATA, 0});
  return after(&wire);
}

static void test_breaches(void) {
  CASE("A2 a frame over 4 MiB breaks the connection before its payload comes; one at the limit does not");
  CHECK(after_header(TTRPC_MAXIMUM_PAYLOAD) == TTRPC_EVENT_NONE);
  CHECK(after_header(TTRPC_MAXIMUM_PAYLOAD + 1) == TTRPC_EVENT_BROKEN);
  CHECK(after_header(UINT32_MAX) == TTRPC_EVENT_BROKEN);

  CASE("A2 what a server may not send breaks the connection");
  CHECK(after_frame(1, TTRPC_REQUEST, 0, "") == TTRPC_EVENT_BROKEN);
  CHECK(after_frame(1, 9, 0, "") == TTRPC_EVENT_BROKEN);
  CHECK(after_frame(0, TTRPC_RESPONSE, 0, "") == TTRPC_EVENT_BROKEN);
  CHECK(after_frame(2, TTRPC_RESPONSE, 0, "") == TTRPC_EVENT_BROKEN);
  CHECK(after_frame(5, TTRPC_RESPONSE, 0, "") == TTRPC_EVENT_BROKEN);
  CHECK(after_frame(1, TTRPC_DATA, 0, "x") == TTRPC_EVENT_BROKEN);
  CHECK(after_frame(1, TTRPC_RESPONSE, 0, "\x0a\x7f") == TTRPC_EVENT_BROKEN);

  CASE("A2 an empty response is a success, an answer to a stream ends it");
  CHECK(after_frame(1, TTRPC_RESPONSE, 0, "") == TTRPC_EVENT_ANSWER);
  CHECK(after_frame(3, TTRPC_RESPONSE, 0, "") == TTRPC_EVENT_END);

  CASE("A2 the last message of a stream may close it");
  wire wire = {.length = 0};
  add_frame(&wire, 3, TTRPC_DATA, TTRPC_REMOTE_CLOSED, "last", 4);
  ttrpc_client client;
  ttrpc_init(&client);
  start(&client, TTRPC_UNARY, TAG_UNARY);
  start(&client, TTRPC_SERVER_STREAM, TAG_STREAM);
  CHECK(ttrpc_receive(&client, wire.bytes, wire.length) == 0);
  const ttrpc_event message = ttrpc_next(&client);
  CHECK(message.kind == TTRPC_EVENT_MESSAGE && says(&message, "last"));
  CHECK(ttrpc_next(&client).kind == TTRPC_EVENT_END);
  CHECK(ttrpc_next(&client).kind == TTRPC_EVENT_NONE);
  ttrpc_free(&client);
}

static void test_limits(void) {
  CASE("L1 no more calls are in flight than the limit; then a call is refused, not queued");
  ttrpc_client client;
  Latchkey__V1__WhoAmIRequest request = LATCHKEY__V1__WHO_AM_IREQUEST__INIT;
  ttrpc_init(&client);
  for (int i = 0; i < TTRPC_MAXIMUM_CALLS; i++) start(&client, TTRPC_UNARY, TAG_UNARY);
  CHECK(ttrpc_start(&client, TTRPC_UNARY, TAG_UNARY, "a.B", "C", &request.base, 1, 0) == -1);
  ttrpc_free(&client);

  CASE("L1 a request over the limit is refused");
  Latchkey__V1__EnrollRequest large = LATCHKEY__V1__ENROLL_REQUEST__INIT;
  uint8_t *megabytes = calloc(1, TTRPC_MAXIMUM_PAYLOAD);
  large.public_key = (ProtobufCBinaryData){TTRPC_MAXIMUM_PAYLOAD, megabytes};
  ttrpc_init(&client);
  CHECK(ttrpc_start(&client, TTRPC_UNARY, TAG_UNARY, "a.B", "C", &large.base, 1, 0) == -1);
  CHECK(client.outgoing.length == 0);
  ttrpc_free(&client);
  free(megabytes);
}

int main(void) {
  wire wire;
  test_requests();
  CASE("A2 a conversation cut at any byte is understood the same");
  build_conversation(&wire);
  for (size_t cut = 0; cut <= wire.length; cut++) check_conversation(&wire, cut);
  test_breaches();
  test_limits();
  return check_report();
}
