/// kr_cu16_frame.h — the frames of the Kerong KR-CU16 as bytes: `02 ADDR CMD [data] 03 SUM`. Pure.
///
/// ADDR is board << 4 | lock (board 0–15, lock 0–15); board commands name lock 0. SUM is the low byte of the
/// sum of all bytes before it and is always computed. Controller and simulated board share this file.
#ifndef LOCKER_KR_CU16_FRAME_H
#define LOCKER_KR_CU16_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  KR_LOCKS = 16,             ///< on one board
  KR_BOARDS = 16,            ///< addresses on one bus
  KR_FRAME_MAXIMUM_BYTES = 9,
  KR_DATA_MAXIMUM_BYTES = 4,
  KR_UNLOCK_TIME_UNIT_MS = 10,
  KR_UNLOCK_TIME_MAXIMUM_MS = 60000,
  KR_WHOLE_BUS = 0xF0        ///< the address of KR_STATUS_OF_BUS
};

typedef enum {
  KR_STATUS = 0x30,
  KR_UNLOCK = 0x31,
  KR_STATUS_OF_BUS = 0x32,
  KR_UNLOCK_ALL = 0x33,      ///< read, so that the simulated board obeys it; never written
  KR_STATUS_ANSWER =
      0x35,   ///< 4 bytes: closed 1–8, closed 9–16, item in 1–8, item in 9–16; bit 0 is the first
  KR_UNLOCK_TIME = 0x37,     ///< 2 bytes, big-endian, units of 10 ms
  KR_UNLOCK_TIME_ANSWER = 0x38,
  KR_DELAYED_UNLOCK = 0x39,  ///< 1 byte, seconds 0–250
  KR_BAUD_RATE = 0x40        ///< 1 byte, 0–3: 9600, 19200, 57600, 115200
} kr_command;

typedef struct {
  uint8_t address;
  uint8_t command;
  uint8_t data[KR_DATA_MAXIMUM_BYTES];
  size_t data_length;
} kr_frame;

/// The board and the lock that an address names.
uint8_t kr_address(unsigned board, unsigned lock);
unsigned kr_board_of(uint8_t address);
unsigned kr_lock_of(uint8_t address);

/// Writes a frame. Returns its length, or 0 when the command is unknown, has another number of data bytes, or
/// is KR_UNLOCK_ALL: this program has no way to send that.
size_t kr_frame_write(uint8_t bytes[KR_FRAME_MAXIMUM_BYTES], const kr_frame *frame);

kr_frame kr_unlock(unsigned board, unsigned lock);
kr_frame kr_status(unsigned board);
/// `closed` and `present`: bit 0 is lock 0.
kr_frame kr_status_answer(unsigned board, uint16_t closed, uint16_t present);
/// `command` is KR_UNLOCK_TIME or its answer; `time_ms` is rounded down to 10 ms.
kr_frame kr_unlock_time(kr_command command, unsigned board, unsigned time_ms);

/// What a status answer says.
void kr_read_status(const kr_frame *frame, uint16_t *closed, uint16_t *present);
/// Milliseconds in KR_UNLOCK_TIME or its answer.
unsigned kr_read_unlock_time(const kr_frame *frame);

/// Cuts a stream of bytes into frames. All zero is a decoder at rest.
typedef struct {
  uint8_t bytes[KR_FRAME_MAXIMUM_BYTES];
  size_t length;
  uint64_t wrong_bytes;  ///< thrown away: noise, wrong sums, unknown commands
} kr_decoder;

/// Takes one byte. True when it ends a frame with the right sum, which is then in `frame`. After a wrong
/// frame the search goes on at the byte behind its first, so that a good frame within is found.
bool kr_decoder_take(kr_decoder *decoder, uint8_t byte, kr_frame *frame);

#endif
