#include "kr_cu16_frame.h"

#include <assert.h>
#include <string.h>

enum { START = 0x02, END = 0x03, BYTES_BESIDE_DATA = 5, DATA_OFFSET = 3 };

/// How many data bytes a command carries, or -1 when it is unknown.
static int data_length_of(uint8_t command) {
  switch (command) {
    case KR_STATUS:
    case KR_UNLOCK:
    case KR_STATUS_OF_BUS:
    case KR_UNLOCK_ALL: return 0;
    case KR_STATUS_ANSWER: return 4;
    case KR_UNLOCK_TIME:
    case KR_UNLOCK_TIME_ANSWER: return 2;
    case KR_DELAYED_UNLOCK:
    case KR_BAUD_RATE: return 1;
    default: return -1;
  }
}

static uint8_t sum_of(const uint8_t *bytes, size_t length) {
  unsigned sum = 0;
  for (size_t i = 0; i < length; i++) sum += bytes[i];
  return (uint8_t)(sum & 0xFF);
}

uint8_t kr_address(unsigned board, unsigned lock) {
  assert(board < KR_BOARDS && lock < KR_LOCKS);
  return (uint8_t)(board << 4 | lock);
}

unsigned kr_board_of(uint8_t address) { return address >> 4; }
unsigned kr_lock_of(uint8_t address) { return address & 0x0F; }

size_t kr_frame_write(uint8_t bytes[KR_FRAME_MAXIMUM_BYTES], const kr_frame *frame) {
  if (frame->command == KR_UNLOCK_ALL) return 0;
  if (data_length_of(frame->command) != (int)frame->data_length) return 0;
  bytes[0] = START;
  bytes[1] = frame->address;
  bytes[2] = frame->command;
  memcpy(bytes + DATA_OFFSET, frame->data, frame->data_length);
  const size_t sum_offset = DATA_OFFSET + frame->data_length + 1;
  bytes[sum_offset - 1] = END;
  bytes[sum_offset] = sum_of(bytes, sum_offset);
  return sum_offset + 1;
}

kr_frame kr_unlock(unsigned board, unsigned lock) {
  return (kr_frame){.address = kr_address(board, lock), .command = KR_UNLOCK};
}

kr_frame kr_status(unsigned board) {
  return (kr_frame){.address = kr_address(board, 0), .command = KR_STATUS};
}

kr_frame kr_status_answer(unsigned board, uint16_t closed, uint16_t present) {
  return (kr_frame){
      .address = kr_address(board, 0),
      .command = KR_STATUS_ANSWER,
      .data = {(uint8_t)(closed & 0xFF), (uint8_t)(closed >> 8), (uint8_t)(present & 0xFF),
               (uint8_t)(present >> 8)},
      .data_length = 4,
  };
}

kr_frame kr_unlock_time(kr_command command, unsigned board, unsigned time_ms) {
  assert(time_ms <= KR_UNLOCK_TIME_MAXIMUM_MS);
  const unsigned units = time_ms / KR_UNLOCK_TIME_UNIT_MS;
  return (kr_frame){
      .address = kr_address(board, 0),
      .command = (uint8_t)command,
      .data = {(uint8_t)(units >> 8), (uint8_t)(units & 0xFF)},
      .data_length = 2,
  };
}

void kr_read_status(const kr_frame *frame, uint16_t *closed, uint16_t *present) {
  assert(frame->command == KR_STATUS_ANSWER);
  *closed = (uint16_t)(frame->data[0] | frame->data[1] << 8);
  *present = (uint16_t)(frame->data[2] | frame->data[3] << 8);
}

unsigned kr_read_unlock_time(const kr_frame *frame) {
  assert(frame->command == KR_UNLOCK_TIME || frame->command == KR_UNLOCK_TIME_ANSWER);
  return ((unsigned)frame->data[0] << 8 | frame->data[1]) * KR_UNLOCK_TIME_UNIT_MS;
}

/// How long the frame is that the decoder holds the beginning of; 0 when it cannot be one.
static size_t expected_length(const kr_decoder *decoder) {
  if (decoder->bytes[0] != START) return 0;
  if (decoder->length < DATA_OFFSET) return KR_FRAME_MAXIMUM_BYTES;
  const int data_length = data_length_of(decoder->bytes[2]);
  return data_length < 0 ? 0 : BYTES_BESIDE_DATA + (size_t)data_length;
}

/// Throws away the first byte and what after it cannot begin a frame.
static void resynchronise(kr_decoder *decoder) {
  do {
    decoder->length--;
    decoder->wrong_bytes++;
    memmove(decoder->bytes, decoder->bytes + 1, decoder->length);
  } while (decoder->length > 0 && expected_length(decoder) == 0);
}

bool kr_decoder_take(kr_decoder *decoder, uint8_t byte, kr_frame *frame) {
  decoder->bytes[decoder->length++] = byte;
  while (decoder->length > 0) {
    const size_t expected = expected_length(decoder);
    if (expected == 0) {
      resynchronise(decoder);
      continue;
    }
    if (decoder->length < expected) return false;
    const bool good = decoder->bytes[expected - 2] == END &&
                      decoder->bytes[expected - 1] == sum_of(decoder->bytes, expected - 1);
    if (!good) {
      resynchronise(decoder);
      continue;
    }
    *frame = (kr_frame){.address = decoder->bytes[1],
                        .command = decoder->bytes[2],
                        .data_length = expected - BYTES_BESIDE_DATA};
    memcpy(frame->data, decoder->bytes + DATA_OFFSET, frame->data_length);
    decoder->length -= expected;
    memmove(decoder->bytes, decoder->bytes + expected, decoder->length);
    return true;
  }
  return false;
}
