/// What a server may send to the controller (clients/locker/src/ttrpc.c, failure.c and the messages behind
/// them): any bytes, in any pieces. Each call ends once, streams alone have messages, an event is about a
/// call that is in flight, what is held is bounded, and the same bytes cut otherwise are the same events.
#include <google/rpc/error_details.pb-c.h>
#include <latchkey/v1/auth.pb-c.h>
#include <latchkey/v1/kiosk.pb-c.h>
#include <latchkey/v1/locker.pb-c.h>

#include "clock.h"
#include "fuzz.h"
#include "ttrpc.h"

enum { MAXIMUM_STEPS = 100, WIRE_BYTES = 1 << 17, MAXIMUM_EVENTS = 4096, PACKED_BYTES = 4096 };

/// One call as its caller knows it; the tag is its place and its turn.
typedef struct {
  bool in_flight;
  ttrpc_kind kind;
  int tag;
  uint64_t sent_ms, answer_by_ms;
} seen_call;

/// What an event said, with a sum of the bytes that were borrowed.
typedef struct {
  ttrpc_event_kind kind;
  int tag;
  uint64_t sent_ms, sum;
  failure failure;
} seen_event;

typedef struct {
  ttrpc_client client;
  seen_call calls[TTRPC_MAXIMUM_CALLS];
  seen_event events[MAXIMUM_EVENTS];
  size_t event_count;
  bool is_broken;
} side;

static side whole, cut;
static uint8_t wire[WIRE_BYTES];
static size_t wire_length;
static uint32_t next_stream_id;
static int next_tag;
static uint64_t now_ms;

// Calls -----------------------------------------------------------------------------------------------

static void check_request(ttrpc_client *client, ttrpc_kind kind, uint32_t stream_id) {
  REQUIRE(client->outgoing.length >= TTRPC_HEADER_BYTES);
  const ttrpc_header header = ttrpc_header_read(client->outgoing.data);
  REQUIRE(header.stream_id == stream_id && stream_id % 2 == 1 && header.type == TTRPC_REQUEST);
  REQUIRE(header.flags == (kind == TTRPC_SERVER_STREAM ? TTRPC_REMOTE_CLOSED : 0));
  REQUIRE(client->outgoing.length == TTRPC_HEADER_BYTES + header.length);
  bytes_consume(&client->outgoing, client->outgoing.length);
}

static void start_call(side *side, ttrpc_kind kind, uint64_t timeout_ms) {
  Latchkey__V1__WhoAmIRequest request = LATCHKEY__V1__WHO_AM_IREQUEST__INIT;
  seen_call *place = NULL;
  for (int i = 0; i < TTRPC_MAXIMUM_CALLS; i++) {
    if (!side->calls[i].in_flight) place = &side->calls[i];
  }
  const int result =
      ttrpc_start(&side->client, kind, next_tag, "a.B", "C", &request.base, timeout_ms, now_ms);
  REQUIRE((result == 0) == (place != NULL));
  if (place == NULL) return;
  check_request(&side->client, kind, next_stream_id);
  *place = (seen_call){.in_flight = true,
                       .kind = kind,
                       .tag = next_tag,
                       .sent_ms = now_ms,
                       .answer_by_ms = timeout_ms > 0 ? now_ms + timeout_ms : CLOCK_NEVER};
}

static void start(fuzz_input *input) {
  const ttrpc_kind kind = fuzz_byte(input) % 2 == 0 ? TTRPC_UNARY : TTRPC_SERVER_STREAM;
  const uint64_t timeout_ms = fuzz_byte(input);
  const uint32_t before = whole.client.next_stream_id;
  start_call(&whole, kind, timeout_ms);
  start_call(&cut, kind, timeout_ms);
  if (whole.client.next_stream_id != before) next_stream_id += 2;
  next_tag++;
}

static void check_calls(const side *side) {
  uint64_t earliest_ms = CLOCK_NEVER;
  for (int i = 0; i < TTRPC_MAXIMUM_CALLS; i++) {
    const seen_call *call = &side->calls[i];
    if (!call->in_flight) continue;
    REQUIRE(ttrpc_in_flight(&side->client, call->tag));
    earliest_ms = clock_earlier(earliest_ms, call->answer_by_ms);
  }
  REQUIRE(ttrpc_answer_by_ms(&side->client) == earliest_ms);
}

// Events ----------------------------------------------------------------------------------------------

/// Reads a message as every type that a server may send. What cannot be read is dropped.
static void read_message(const ProtobufCBinaryData *message) {
  static const ProtobufCMessageDescriptor *const types[] = {
      &latchkey__v1__watch_commands_response__descriptor,
      &latchkey__v1__watch_kiosk_response__descriptor,
      &latchkey__v1__get_locker_settings_response__descriptor,
      &latchkey__v1__challenge_response__descriptor,
      &latchkey__v1__authenticate_response__descriptor,
      &latchkey__v1__who_am_iresponse__descriptor,
      &latchkey__v1__report_response__descriptor,
      &latchkey__v1__enroll_response__descriptor,
  };
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    ProtobufCMessage *read = protobuf_c_message_unpack(types[i], NULL, message->len, message->data);
    if (read != NULL) protobuf_c_message_free_unpacked(read, NULL);
  }
}

static uint64_t sum_of(const ProtobufCBinaryData *message) {
  uint64_t sum = message->len;
  for (size_t i = 0; i < message->len; i++) sum = sum * 31 + message->data[i];
  return sum;
}

static void check_event(side *side, const ttrpc_event *event) {
  seen_call *call = NULL;
  for (int i = 0; i < TTRPC_MAXIMUM_CALLS; i++) {
    if (side->calls[i].in_flight && side->calls[i].tag == event->tag) call = &side->calls[i];
  }
  if (event->kind == TTRPC_EVENT_BROKEN) {
    REQUIRE(event->failure.code != CODE_OK && event->failure.message[0] != '\0');
    side->is_broken = true;
    return;
  }
  REQUIRE(call != NULL && (event->kind == TTRPC_EVENT_END || event->sent_ms == call->sent_ms));
  switch (event->kind) {
    case TTRPC_EVENT_ANSWER: REQUIRE(call->kind == TTRPC_UNARY); break;
    case TTRPC_EVENT_MESSAGE: REQUIRE(call->kind == TTRPC_SERVER_STREAM); break;
    case TTRPC_EVENT_END: REQUIRE(call->kind == TTRPC_SERVER_STREAM); break;
    case TTRPC_EVENT_FAILURE:
      REQUIRE(event->failure.code != CODE_OK && event->failure.retry_ms <= FAILURE_MAXIMUM_RETRY_MS);
      REQUIRE(failure_code_name(event->failure.code) != NULL);
      REQUIRE(memchr(event->failure.reason, '\0', sizeof event->failure.reason) != NULL);
      REQUIRE(memchr(event->failure.message, '\0', sizeof event->failure.message) != NULL);
      break;
    case TTRPC_EVENT_NONE:
    case TTRPC_EVENT_BROKEN: break;
  }
  if (event->kind != TTRPC_EVENT_MESSAGE) call->in_flight = false;
}

static void take_events(side *side) {
  while (!side->is_broken) {
    const ttrpc_event event = ttrpc_next(&side->client);
    if (event.kind == TTRPC_EVENT_NONE) break;
    check_event(side, &event);
    REQUIRE(side->event_count < MAXIMUM_EVENTS);
    seen_event *seen = &side->events[side->event_count++];
    memset(seen, 0, sizeof *seen);
    seen->kind = event.kind;
    seen->tag = event.tag;
    seen->sent_ms = event.sent_ms;
    memcpy(&seen->failure, &event.failure, sizeof seen->failure);
    if (event.kind != TTRPC_EVENT_ANSWER && event.kind != TTRPC_EVENT_MESSAGE) continue;
    seen->sum = sum_of(&event.message);
    read_message(&event.message);
  }
  const bytes *incoming = &side->client.incoming;
  REQUIRE(side->is_broken || incoming->length < TTRPC_HEADER_BYTES + TTRPC_MAXIMUM_PAYLOAD);
  if (!side->is_broken && incoming->length >= TTRPC_HEADER_BYTES)
    REQUIRE(ttrpc_header_read(incoming->data).length <= TTRPC_MAXIMUM_PAYLOAD);
  REQUIRE(incoming->length <= incoming->capacity && incoming->capacity <= 2 * incoming->limit);
}

static void feed(side *side, const uint8_t *bytes, size_t length) {
  if (side->is_broken) return;
  REQUIRE(ttrpc_receive(&side->client, bytes, length) == 0);
  take_events(side);
}

/// The same to both: at once, and in pieces of the given size.
static void feed_both(size_t piece) {
  feed(&whole, wire, wire_length);
  for (size_t at = 0; at < wire_length; at += piece)
    feed(&cut, wire + at, wire_length - at < piece ? wire_length - at : piece);
  wire_length = 0;
  REQUIRE(whole.is_broken == cut.is_broken && whole.event_count == cut.event_count);
  for (size_t i = 0; i < whole.event_count; i++) {
    const seen_event *one = &whole.events[i], *other = &cut.events[i];
    REQUIRE(one->kind == other->kind && one->tag == other->tag && one->sum == other->sum);
    REQUIRE(one->sent_ms == other->sent_ms && one->failure.code == other->failure.code);
    REQUIRE(strcmp(one->failure.message, other->failure.message) == 0);
    REQUIRE(strcmp(one->failure.reason, other->failure.reason) == 0);
    REQUIRE(one->failure.retry_ms == other->failure.retry_ms);
  }
  whole.event_count = cut.event_count = 0;
  if (whole.is_broken) return;
  check_calls(&whole);
  check_calls(&cut);
}

// The server ------------------------------------------------------------------------------------------

static void put(const void *bytes, size_t length) {
  if (length > sizeof wire - wire_length) length = sizeof wire - wire_length;
  if (length > 0) memcpy(wire + wire_length, bytes, length);
  wire_length += length;
}

static void put_frame(uint32_t stream_id, uint8_t type, uint8_t flags, const void *payload, size_t length) {
  uint8_t header[TTRPC_HEADER_BYTES];
  ttrpc_header_write(header, (ttrpc_header){(uint32_t)length, stream_id, type, flags});
  put(header, sizeof header);
  put(payload, length);
}

/// Mostly a stream that may be open.
static uint32_t take_stream_id(fuzz_input *input) {
  const uint8_t choice = fuzz_byte(input);
  return choice < 0xF0 ? choice % 8u * 2 + 1 : (uint32_t)fuzz_number(input, 4);
}

static void put_answer(fuzz_input *input) {
  uint8_t packed[PACKED_BYTES];
  const uint32_t stream_id = take_stream_id(input);
  Ttrpc__Response response = TTRPC__RESPONSE__INIT;
  size_t taken;
  const uint8_t *payload = fuzz_take(input, fuzz_byte(input), &taken);
  response.payload = (ProtobufCBinaryData){taken, (uint8_t *)payload};
  put_frame(stream_id, TTRPC_RESPONSE, 0, packed, ttrpc__response__pack(&response, packed));
}

/// An ErrorInfo with any reason, or whatever else there is.
static size_t put_detail(fuzz_input *input, uint8_t value[UINT8_MAX]) {
  const uint8_t choice = fuzz_byte(input);
  const size_t front = choice % 2 == 0 ? 2 : 0;
  size_t taken;
  const uint8_t *bytes = fuzz_take(input, choice / 2, &taken);
  if (front > 0) {
    value[0] = 1 << 3 | 2;
    value[1] = (uint8_t)taken;
  }
  memcpy(value + front, bytes, taken);
  return front + taken;
}

/// A failure whose details are of a known type but hold what they like.
static void put_failure(fuzz_input *input) {
  static char *types[] = {"type.googleapis.com/google.rpc.ErrorInfo", "google.rpc.RetryInfo", "x", ""};
  uint8_t packed[PACKED_BYTES], values[2][UINT8_MAX];
  char message[UINT8_MAX + 1] = "";
  const uint32_t stream_id = take_stream_id(input);
  Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
  Google__Protobuf__Any details[2] = {GOOGLE__PROTOBUF__ANY__INIT, GOOGLE__PROTOBUF__ANY__INIT};
  Google__Protobuf__Any *list[] = {&details[0], &details[1]};
  Ttrpc__Response response = TTRPC__RESPONSE__INIT;
  size_t taken;
  status.code = (int8_t)fuzz_byte(input);
  const uint8_t *text = fuzz_take(input, fuzz_byte(input), &taken);
  memcpy(message, text, taken);
  status.message = message;
  status.details = list;
  status.n_details = fuzz_byte(input) % 3;
  for (size_t i = 0; i < status.n_details; i++) {
    details[i].type_url = types[fuzz_byte(input) % 4];
    details[i].value = (ProtobufCBinaryData){put_detail(input, values[i]), values[i]};
  }
  response.status = &status;
  put_frame(stream_id, TTRPC_RESPONSE, 0, packed, ttrpc__response__pack(&response, packed));
}

/// The header of a frame that is about as long as allowed, or as long as can be.
static void put_announcement(fuzz_input *input) {
  const uint8_t choice = fuzz_byte(input);
  const uint32_t length = choice < 0x80 ? TTRPC_MAXIMUM_PAYLOAD - 1 + choice % 4u : UINT32_MAX >> choice % 12;
  uint8_t header[TTRPC_HEADER_BYTES];
  ttrpc_header_write(header, (ttrpc_header){length, take_stream_id(input), TTRPC_DATA, 0});
  put(header, sizeof header);
}

static void step(fuzz_input *input) {
  static const uint8_t zeros[UINT16_MAX];
  const uint8_t choice = fuzz_byte(input);
  size_t taken;
  const uint8_t *bytes;
  switch (choice % 8) {
    case 0: start(input); break;
    case 1:
      bytes = fuzz_take(input, choice >> 3, &taken);
      put(bytes, taken);
      break;
    case 2: put_answer(input); break;
    case 3: put_failure(input); break;
    case 4: {
      const uint32_t stream_id = take_stream_id(input);
      const uint8_t type = fuzz_byte(input), flags = fuzz_byte(input), length = fuzz_byte(input);
      bytes = fuzz_take(input, length < 0x60 ? 0 : length - 0x60u, &taken);
      put_frame(stream_id, type < 0xC0 ? TTRPC_DATA : type, flags < 0xF0 ? flags % 8 : flags, bytes, taken);
      break;
    }
    case 5:
      if (choice < 0xC0) put(zeros, fuzz_number(input, 2));
      else put_announcement(input);
      break;
    case 6: now_ms += choice >> 3; break;
    default: feed_both((size_t)(choice >> 3) + 1); break;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input input = {data, size};
  side *sides[] = {&whole, &cut};
  for (int i = 0; i < 2; i++) {
    memset(sides[i]->calls, 0, sizeof sides[i]->calls);
    sides[i]->event_count = 0;
    sides[i]->is_broken = false;
    ttrpc_init(&sides[i]->client);
  }
  wire_length = 0;
  next_stream_id = 1;
  next_tag = 1;
  now_ms = 1000;
  for (int steps = 0; steps < MAXIMUM_STEPS && input.left > 0 && !whole.is_broken; steps++) step(&input);
  feed_both(1 + size % 16);
  ttrpc_free(&whole.client);
  ttrpc_free(&cut.client);
  return 0;
}
