/// What HTTP/2 clients may send (Sources/CHTTP2): any bytes in pieces of any length, frames that are well-formed
/// and frames that are not, while the server answers, credits, resets and ends in any order.
///   - Of each stream the request is told once, then bodies, then its end, then its close, and nothing after; no
///     bodies once its answer is complete.
///   - No more of a body is taken than its window allows beyond what was credited, and the frame that goes too far.
///   - A stream that was told of stays among those of its session until it is closed; what waits of their answers is
///     what waits in all, and there is room when no more of it waits than was asked for.
///   - What is sent is frames, and the first is SETTINGS. Nothing follows the reset of a stream.
///   - DATA and HEADERS on a stream that the client has ended, and PRIORITY that cannot be, end the connection.
#include <chttp2.h>

#include "fuzz.h"

enum {
  MAXIMUM_STEPS = 400,
  MAXIMUM_STREAMS = 64,
  FRAME_HEADER_BYTES = 9,
  LONGEST_FRAME = 16384,
  SENT_BYTES = 300,
  INITIAL_WINDOW = 65535,
  /// Stream ids are below that, in frames that are well-formed.
  STREAM_IDS = 40,
};

/// As RFC 9113 numbers frames and their flag.
enum { DATA = 0, HEADERS = 1, PRIORITY = 2, RST_STREAM = 3, SETTINGS = 4, FRAME_TYPES = 11, END_STREAM = 1 };

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
  size_t taken, credited, room_mark;
  bool has_ended, has_answered, has_finished, wants_room;
} known_stream;

static known_stream streams[MAXIMUM_STREAMS];
static size_t stream_count;
/// Of the frame that is being sent: what is left, and what its header said so far.
static uint8_t header[FRAME_HEADER_BYTES];
static size_t header_bytes, payload_left;
static bool has_sent_settings;
/// By stream id: what the client has ended, and the server reset.
static bool is_ended[STREAM_IDS], is_reset[STREAM_IDS];
/// Of a stream: RFC 9113's, until the client has acknowledged ours.
static size_t window;
/// All that the client sent is whole frames.
static bool has_sent_frames_alone;

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
  REQUIRE(it->taken <= it->credited + window + LONGEST_FRAME);
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
      REQUIRE(!it->has_ended && !it->has_finished);
      take(it);
    }
    if ((news & CH2_END) != 0) {
      REQUIRE(!it->has_ended);
      it->has_ended = true;
    }
    if ((news & CH2_ROOM) != 0) {
      REQUIRE(it->wants_room && ch2_waiting(stream) <= it->room_mark);
      it->wants_room = false;
    }
    if ((news & CH2_CLOSED) != 0) {
      ch2_release(stream);
      forget(it);
    }
  }
}

static void look_at_streams(const ch2_session *session) {
  size_t found = 0, waiting = 0;
  for (ch2_stream *stream = ch2_first(session); stream != NULL; stream = ch2_after(stream)) {
    if (known(stream) != NULL) found++;
    waiting += ch2_waiting(stream);
  }
  REQUIRE(found == stream_count);
  REQUIRE(waiting == ch2_waiting_in_all(session));
}

static void check_head(uint8_t type, uint8_t id) {
  REQUIRE(type <= 9);
  REQUIRE(has_sent_settings || type == SETTINGS);
  has_sent_settings = true;
  // Only of a client's whole frames it is known that ids are so small.
  if (!has_sent_frames_alone) return;
  REQUIRE(id < STREAM_IDS);
  REQUIRE(!is_reset[id] || type > RST_STREAM);
  if (type == RST_STREAM) is_reset[id] = true;
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
    check_head(header[3], header[8]);
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

/// Whether the connection is to end with this frame.
static bool is_wrong(uint8_t type, uint8_t id, const uint8_t *payload, size_t length) {
  if (type != PRIORITY) return type <= HEADERS && id % 2 == 1 && is_ended[id];
  const uint8_t itself[] = {payload[0] & 0x80, 0, 0, id};
  return id == 0 || (length == 5 && memcmp(payload, itself, sizeof itself) == 0);
}

/// Hands bytes over in two pieces.
static bool receive(ch2_session *session, fuzz_input *input, const uint8_t *bytes, size_t count) {
  size_t first = fuzz_byte(input);
  if (first > count) first = count;
  return ch2_receive(session, bytes, first) && ch2_receive(session, bytes + first, count - first);
}

/// A frame of a client, with a payload out of the input.
static bool receive_frame(ch2_session *session, fuzz_input *input) {
  // POST / of the static table; the rest of a block is the input's.
  static const uint8_t request[] = {0x83, 0x86, 0x84, 0x41, 0x01, 'a'};
  uint8_t frame[FRAME_HEADER_BYTES + sizeof request + 256] = {0};
  uint8_t *payload = frame + FRAME_HEADER_BYTES;
  uint8_t type = fuzz_byte(input) % FRAME_TYPES, flags = fuzz_byte(input);
  size_t length = 0;
  if (type == HEADERS) {
    memcpy(payload, request, sizeof request);
    length = sizeof request;
    flags &= 0x05;
  }
  size_t more = 0;
  const uint8_t *bytes = fuzz_take(input, fuzz_byte(input), &more);
  if (more > 0) memcpy(payload + length, bytes, more);
  length += more;
  uint8_t id = fuzz_byte(input) % STREAM_IDS;
  frame[1] = (uint8_t)(length >> 8);
  frame[2] = (uint8_t)length;
  frame[3] = type;
  frame[4] = flags;
  frame[8] = id;
  bool must_end = has_sent_frames_alone && is_wrong(type, id, payload, length);
  if (type == RST_STREAM || (type <= HEADERS && (flags & END_STREAM) != 0)) is_ended[id] = true;
  bool goes_on = receive(session, input, frame, FRAME_HEADER_BYTES + length);
  if (must_end) {
    send(session, 100000);
    REQUIRE(ch2_is_over(session));
  }
  return goes_on;
}

static const ch2_field ok = {.name = {(const uint8_t *)":status", 7}, .value = {(const uint8_t *)"200", 3}};
static const ch2_field fine = {.name = {(const uint8_t *)"grpc-status", 11}, .value = {(const uint8_t *)"0", 1}};
/// The same, made once for all inputs.
static ch2_block *ok_block, *fine_block;

/// The answer is complete: all that was owed is credited.
static void note_end(known_stream *it) {
  it->has_finished = true;
  it->credited = SIZE_MAX / 2;
}

static void begin_answer(known_stream *it, bool is_block, bool is_end) {
  if (it->has_answered) return;
  it->has_answered = true;
  if (is_block) {
    ch2_respond_with(it->stream, ok_block, is_end);
  } else {
    ch2_respond(it->stream, &ok, 1, is_end);
  }
  if (is_end) note_end(it);
}

static void end_answer(known_stream *it, bool is_block, bool has_trailers) {
  if (!it->has_answered) return;
  if (is_block) {
    ch2_finish_with(it->stream, fine_block);
  } else {
    ch2_finish(it->stream, &fine, has_trailers);
  }
  note_end(it);
}

static void act(known_stream *it, fuzz_input *input) {
  static const uint8_t zeros[5000];
  uint8_t choice = fuzz_byte(input);
  bool one = (choice & 0x40) != 0, other = (choice & 0x80) != 0;
  switch (choice % 7) {
    case 0: begin_answer(it, one, other); break;
    case 1:
      if (it->has_answered) ch2_write(it->stream, zeros, fuzz_between(input, 0, sizeof zeros));
      break;
    case 2: end_answer(it, one, other); break;
    case 3:
      ch2_reset(it->stream, one ? CH2_NO_ERROR : CH2_CANCEL);
      it->has_finished = true;
      break;
    case 4: {
      size_t count = fuzz_between(input, 0, 1000);
      ch2_credit(it->stream, count);
      size_t owed = it->taken - (it->credited < it->taken ? it->credited : it->taken);
      if (it->credited < SIZE_MAX / 2) it->credited += count < owed ? count : owed;
      break;
    }
    case 5:
      it->room_mark = fuzz_between(input, 0, 3000);
      it->wants_room = true;
      ch2_ask_for_room(it->stream, it->room_mark);
      break;
    default: ch2_forget_head(it->stream); break;
  }
}

static void set_up(void) {
  if (ok_block == NULL) ok_block = ch2_block_new(&ok, 1);
  if (fine_block == NULL) fine_block = ch2_block_new(&fine, 1);
  REQUIRE(ok_block != NULL && fine_block != NULL);
  stream_count = 0;
  header_bytes = payload_left = 0;
  has_sent_settings = false;
  memset(is_ended, 0, sizeof is_ended);
  memset(is_reset, 0, sizeof is_reset);
}

/// What a client says first; of some inputs it is all their own.
static bool greet(ch2_session *session, fuzz_input *input) {
  static const uint8_t preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  static const uint8_t settings[FRAME_HEADER_BYTES] = {0, 0, 0, SETTINGS};
  static const uint8_t acknowledgement[FRAME_HEADER_BYTES] = {0, 0, 0, SETTINGS, 1};
  uint8_t choice = fuzz_byte(input) & 7;
  has_sent_frames_alone = choice != 0;
  window = choice > 1 ? limits.stream_window_bytes : INITIAL_WINDOW;
  if (choice == 0) return true;
  bool goes_on = ch2_receive(session, preface, sizeof preface - 1) && ch2_receive(session, settings, sizeof settings);
  return goes_on && (choice == 1 || ch2_receive(session, acknowledgement, sizeof acknowledgement));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input input = {data, size};
  set_up();
  ch2_session *session = ch2_new(&limits);
  REQUIRE(session != NULL);
  bool goes_on = greet(session, &input);
  for (int step = 0; step < MAXIMUM_STEPS && input.left > 0 && goes_on; step++) {
    switch (fuzz_byte(&input) % 8) {
      case 0: {
        size_t count = 0;
        const uint8_t *bytes = fuzz_take(&input, fuzz_byte(&input), &count);
        if (count > 0) has_sent_frames_alone = false;
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
    look_at_streams(session);
    if (ch2_is_over(session)) break;
  }
  send(session, 100000);
  ch2_free(session);
  return 0;
}
