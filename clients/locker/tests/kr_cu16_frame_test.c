#include "kr_cu16_frame.h"

#include <string.h>

#include "check.h"

static bool writes(const kr_frame *frame, const char *expected, size_t length) {
  uint8_t bytes[KR_FRAME_MAXIMUM_BYTES];
  return kr_frame_write(bytes, frame) == length && memcmp(bytes, expected, length) == 0;
}

/// Decodes all bytes; returns the number of frames, the last one in `frame`.
static int read(const void *data, size_t length, kr_frame *frame) {
  const uint8_t *bytes = data;
  kr_decoder decoder = {0};
  int frames = 0;
  for (size_t i = 0; i < length; i++) frames += kr_decoder_take(&decoder, bytes[i], frame);
  return frames;
}

static void test_table(void) {
  CASE("L4 each row of the board's table is written to the byte");
  kr_frame frame = kr_unlock(0, 0);
  CHECK(writes(&frame, "\x02\x00\x31\x03\x36", 5));
  frame = kr_unlock(0, 15);
  CHECK(writes(&frame, "\x02\x0F\x31\x03\x45", 5));
  frame = kr_status(0);
  CHECK(writes(&frame, "\x02\x00\x30\x03\x35", 5));
  frame = kr_status(1);
  CHECK(writes(&frame, "\x02\x10\x30\x03\x45", 5));
  frame = (kr_frame){.address = KR_WHOLE_BUS, .command = KR_STATUS_OF_BUS};
  CHECK(writes(&frame, "\x02\xF0\x32\x03\x27", 5));
  frame = kr_status_answer(0, 0xFFFF, 0);
  CHECK(writes(&frame, "\x02\x00\x35\xFF\xFF\x00\x00\x03\x38", 9));
  frame = kr_unlock_time(KR_UNLOCK_TIME, 0, 400);
  CHECK(writes(&frame, "\x02\x00\x37\x00\x28\x03\x64", 7));
  frame = kr_unlock_time(KR_UNLOCK_TIME_ANSWER, 2, 60000);
  CHECK(writes(&frame, "\x02\x20\x38\x17\x70\x03\xE4", 7));
  frame = (kr_frame){.address = 0x03, .command = KR_DELAYED_UNLOCK, .data = {250}, .data_length = 1};
  CHECK(writes(&frame, "\x02\x03\x39\xFA\x03\x3B", 6));
  frame = (kr_frame){.command = KR_BAUD_RATE, .data = {1}, .data_length = 1};
  CHECK(writes(&frame, "\x02\x00\x40\x01\x03\x46", 6));

  CASE("L4 unlock all is read, and cannot be written");
  CHECK(read("\x02\x00\x33\x03\x38", 5, &frame) == 1 && frame.command == KR_UNLOCK_ALL);
  CHECK(writes(&frame, "", 0));

  CASE("L4 unknown commands and wrong data lengths are not written");
  frame = (kr_frame){.command = 0x50};
  CHECK(writes(&frame, "", 0));
  frame = (kr_frame){.command = KR_UNLOCK, .data_length = 1};
  CHECK(writes(&frame, "", 0));
}

static void test_meaning(void) {
  kr_frame frame;
  uint16_t closed, present;
  CASE("L4 bit 0 of the first byte is lock 1; 1 is closed; 1 is an item");
  CHECK(read("\x02\x00\x35\xFE\xFF\x01\x80\x03\xB8", 9, &frame) == 1);
  kr_read_status(&frame, &closed, &present);
  CHECK(closed == 0xFFFE && present == 0x8001);

  CASE("L4 unlock times are units of 10 ms, rounded down");
  frame = kr_unlock_time(KR_UNLOCK_TIME, 0, 405);
  CHECK(kr_read_unlock_time(&frame) == 400);

  CASE("L4 addresses hold board and lock");
  for (unsigned board = 0; board < KR_BOARDS; board++) {
    for (unsigned lock = 0; lock < KR_LOCKS; lock++) {
      const uint8_t address = kr_address(board, lock);
      CHECK(kr_board_of(address) == board && kr_lock_of(address) == lock);
    }
  }
}

static void test_decoder(void) {
  static const uint8_t good[] = {0x02, 0x00, 0x35, 0xFF, 0xFF, 0x00, 0x00, 0x03, 0x38};
  kr_frame frame;
  CASE("L4 every single wrong bit in a frame is noticed");
  for (size_t bit = 0; bit < 8 * sizeof good; bit++) {
    uint8_t bytes[sizeof good];
    memcpy(bytes, good, sizeof good);
    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    CHECK(read(bytes, sizeof bytes, &frame) == 0);
  }

  CASE("L4 a frame behind noise is found, whatever the noise, if it is no frame");
  for (unsigned first = 0; first < 256; first++) {
    for (unsigned second = 0; second < 256; second++) {
      uint8_t bytes[2 + sizeof good];
      bytes[0] = (uint8_t)first;
      bytes[1] = (uint8_t)second;
      memcpy(bytes + 2, good, sizeof good);
      CHECK(read(bytes, sizeof bytes, &frame) == 1);
    }
  }

  CASE("L4 a frame cut off by another one costs only the first");
  for (size_t cut = 1; cut < sizeof good; cut++) {
    uint8_t bytes[3 * sizeof good];
    memcpy(bytes, good, cut);
    memcpy(bytes + cut, good, sizeof good);
    memcpy(bytes + cut + sizeof good, good, sizeof good);
    CHECK(read(bytes, cut + 2 * sizeof good, &frame) >= 1);
    CHECK(frame.command == KR_STATUS_ANSWER && frame.data[0] == 0xFF);
  }

  CASE("L4 random bytes never confuse the decoder for long");
  kr_decoder decoder = {0};
  uint32_t random = 1;
  for (int i = 0; i < 200000; i++) {
    random = random * 1664525 + 1013904223;
    kr_decoder_take(&decoder, (uint8_t)(random >> 24), &frame);
    CHECK(decoder.length < KR_FRAME_MAXIMUM_BYTES);
  }
}

int main(void) {
  test_table();
  test_meaning();
  test_decoder();
  return check_report();
}
