/// What HTTP/2 clients may send (Sources/CHTTP2): any bytes in pieces of any length, frames that are well-formed
/// and frames that are not, while the server answers, credits, resets and ends in any order.
///   - Of each stream the request is told once, then bodies, then its end, then its close, and nothing after.
///   - No more of a body is taken than its window allows beyond what was credited.
///   - Every stream that was told of is closed at the latest when it is freed, and none is told of before.
///   - What is sent is frames, and the first is SETTINGS.
#include <chttp2.h>

#include "fuzz.h"

enum {
  MAXIMUM_STEPS = 400,
  MAXIMUM_STREAMS = 64,
  FRAME_HEADER_BYTES = 9,
  LONGEST_FRAME = 16384,
  SENT_BYTES = 300,
};

static const ch2_limits limits = {
    .streams = 8,
    .stream_window_bytes = 500,
    .connection_window_bytes = 70000,
    .header_bytes = 1000,
    .resets_at_once = 20,
    .resets_a_second = 1,
    .waiting_acknowledgements = 10,
};

/// What the server knows of a stream.
typedef struct {
  ch2_stream *stream;
  size_t taken, credited;
  bool has_ended, has_answered, has_finished;
} known_stream;

static known_stream streams[MAXIMUM_STREAMS];
static size_t stream_count;
/// Of the frame that is being sent: what is left, and what its header said so far.
static uint8_t header[FRAME_HEADER_BYTES];
static size_t header_bytes, payload_left;
static bool has_sent_settings;

static known_stream *known(ch2_stream *stream) {
  for (size_t i = 0; i < stream_count; i++) {
    if (streams[i].stream == stream) return &streams[i];
  }
  return NULL;
}

static void forget(known_stream *it) { *it = streams[--stream_count]; }

static void take(known_stream *it) {
  ch2_bytes body = ch2_take(it->stream);
  it->taken += body.count;
  REQUIRE(it->taken <= it->credited + limits.stream_window_bytes);
  // Every byte is there.
  static volatile uint8_t sum;
  for (size_t i = 0; i < body.count; i++) sum ^= body.start[i];
  ch2_give_back(it->stream);
}

static void look_at_fields(const ch2_stream *stream) {
  ch2_bytes head = ch2_head(stream);
  size_t cost = 0;
  for (size_t at = 0; at < head.count;) {
    uint32_t lengths[2];
    REQUIRE(head.count - at >= sizeof lengths);
    memcpy(lengths, head.start + at, sizeof lengths);
    REQUIRE(head.count - at - sizeof lengths >= (size_t)lengths[0] + lengths[1]);
    at += sizeof lengths + lengths[0] + lengths[1];
    cost += lengths[0] + lengths[1] + 32;
  }
  REQUIRE(cost <= limits.header_bytes);
  REQUIRE(cost > 0 || ch2_is_oversized(stream));
}

static void hear_news(ch2_session *session) {
  uint32_t news = 0;
  for (ch2_stream *stream; (stream = ch2_next(session, &news)) != NULL;) {
    known_stream *it = known(stream);
    if ((news & CH2_REQUEST) != 0) {
      REQUIRE(it == NULL && stream_count < MAXIMUM_STREAMS);
      it = &streams[stream_count++];
      *it = (known_stream){.stream = stream};
      look_at_fields(stream);
    }
    if (it == NULL) {
      // It was closed before its request was complete.
      REQUIRE(news == CH2_CLOSED);
      ch2_release(stream);
      continue;
    }
    if ((news & CH2_BODY) != 0) {
      REQUIRE(!it->has_ended);
      take(it);
    }
    if ((news & CH2_END) != 0) {
      REQUIRE(!it->has_ended);
      it->has_ended = true;
    }
    if ((news & CH2_CLOSED) != 0) {
      ch2_release(stream);
      forget(it);
    }
  }
}

/// Follows what is sent, frame by frame.
static void check_sent(const uint8_t *bytes, size_t count) {
  while (count > 0) {
    if (payload_left > 0) {
      size_t passed = count < payload_left ? count : payload_left;
      payload_left -= passed;
      bytes += passed;
      count -= passed;
      continue;
    }
    header[header_bytes++] = *bytes++;
    count--;
    if (header_bytes < FRAME_HEADER_BYTES) continue;
    header_bytes = 0;
    payload_left = (size_t)header[0] << 16 | (size_t)header[1] << 8 | header[2];
    REQUIRE(payload_left <= LONGEST_FRAME);
    REQUIRE(header[3] <= 9);
    REQUIRE(has_sent_settings || header[3] == 4);
    has_sent_settings = true;
  }
}

static void send(ch2_session *session, size_t most) {
  uint8_t buffer[SENT_BYTES];
  for (size_t sent = 0; sent < most;) {
    size_t count = ch2_send(session, buffer, sizeof buffer);
    REQUIRE(count <= sizeof buffer);
    check_sent(buffer, count);
    if (count < sizeof buffer) return;
    sent += count;
  }
}

/// A frame of a client, with a payload out of the input.
static bool receive_frame(ch2_session *session, fuzz_input *input) {
  // GET / with the static table; the rest of a block is the input's.
  static const uint8_t request[] = {0x83, 0x86, 0x84, 0x41, 0x01, 'a'};
  uint8_t frame[FRAME_HEADER_BYTES + sizeof request + 256] = {0};
  uint8_t type = fuzz_byte(input) % 11, flags = fuzz_byte(input);
  size_t length = 0;
  if (type == 1) {
    memcpy(frame + FRAME_HEADER_BYTES, request, sizeof request);
    length = sizeof request;
    flags &= 0x05;
  }
  size_t more = 0;
  const uint8_t *bytes = fuzz_take(input, fuzz_byte(input), &more);
  if (more > 0) memcpy(frame + FRAME_HEADER_BYTES + length, bytes, more);
  length += more;
  frame[1] = (uint8_t)(length >> 8);
  frame[2] = (uint8_t)length;
  frame[3] = type;
  frame[4] = flags;
  frame[8] = fuzz_byte(input) % 40;
  return ch2_receive(session, frame, FRAME_HEADER_BYTES + length);
}

static void act(known_stream *it, fuzz_input *input) {
  static const ch2_field ok = {.name = {(const uint8_t *)":status", 7}, .value = {(const uint8_t *)"200", 3}};
  static const uint8_t zeros[5000];
  switch (fuzz_byte(input) % 7) {
    case 0:
      if (!it->has_answered) ch2_respond(it->stream, &ok, 1, (fuzz_byte(input) & 1) != 0);
      it->has_answered = true;
      break;
    case 1:
      if (it->has_answered) ch2_write(it->stream, zeros, fuzz_between(input, 0, sizeof zeros));
      break;
    case 2:
      if (it->has_answered) {
        ch2_field trailer = {.name = {(const uint8_t *)"grpc-status", 11}, .value = {(const uint8_t *)"0", 1}};
        ch2_finish(it->stream, &trailer, fuzz_byte(input) & 1);
        // All that was owed is credited.
        it->credited = SIZE_MAX / 2;
      }
      break;
    case 3: ch2_reset(it->stream, CH2_CANCEL); break;
    case 4: {
      size_t count = fuzz_between(input, 0, 1000);
      ch2_credit(it->stream, count);
      size_t owed = it->taken - (it->credited < it->taken ? it->credited : it->taken);
      if (it->credited < SIZE_MAX / 2) it->credited += count < owed ? count : owed;
      break;
    }
    case 5: ch2_ask_for_room(it->stream, fuzz_between(input, 0, 3000)); break;
    default: ch2_forget_head(it->stream); break;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint8_t preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  static const uint8_t settings[FRAME_HEADER_BYTES] = {0, 0, 0, 4};
  fuzz_input input = {data, size};
  stream_count = 0;
  header_bytes = payload_left = 0;
  has_sent_settings = false;
  ch2_session *session = ch2_new(&limits);
  REQUIRE(session != NULL);
  bool goes_on = true;
  if ((fuzz_byte(&input) & 7) != 0) {
    goes_on = ch2_receive(session, preface, sizeof preface - 1) && ch2_receive(session, settings, sizeof settings);
  }
  for (int step = 0; step < MAXIMUM_STEPS && input.left > 0 && goes_on; step++) {
    switch (fuzz_byte(&input) % 8) {
      case 0: {
        size_t count = 0;
        const uint8_t *bytes = fuzz_take(&input, fuzz_byte(&input), &count);
        goes_on = ch2_receive(session, bytes, count);
        break;
      }
      case 1:
      case 2:
      case 3: goes_on = receive_frame(session, &input); break;
      case 4:
        if (stream_count > 0) act(&streams[fuzz_byte(&input) % stream_count], &input);
        break;
      case 5: send(session, fuzz_between(&input, 1, 2000)); break;
      case 6: ch2_ping(session); break;
      default:
        if (fuzz_byte(&input) == 0) ch2_end(session, CH2_NO_ERROR, NULL);
        if (fuzz_byte(&input) == 1) ch2_announce_end(session);
        break;
    }
    hear_news(session);
    if (ch2_is_over(session)) break;
  }
  send(session, 100000);
  ch2_free(session);
  return 0;
}
