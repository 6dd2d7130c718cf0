#include "journal_record.h"

#include <ccore/crypto.h>
#include <string.h>

enum { CHECKSUM_OFFSET = 56, CHECKSUM_BYTES = 8 };
static const uint8_t magic[4] = {'L', 'K', 'J', '1'};

static void put(uint8_t *bytes, uint64_t value, int length) {
  for (int i = 0; i < length; i++) bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *bytes, int length) {
  uint64_t value = 0;
  for (int i = 0; i < length; i++) value |= (uint64_t)bytes[i] << (8 * i);
  return value;
}

static void checksum(uint8_t sum[CHECKSUM_BYTES], const uint8_t *bytes) {
  uint8_t digest[LK_DIGEST_BYTES];
  lk_digest(digest, bytes, CHECKSUM_OFFSET, NULL);
  memcpy(sum, digest, CHECKSUM_BYTES);
}

void journal_record_write(uint8_t bytes[JOURNAL_RECORD_BYTES], const journal_record *record) {
  memcpy(bytes, magic, sizeof magic);
  bytes[4] = record->kind;
  bytes[5] = record->what;
  bytes[6] = record->refusal;
  bytes[7] = record->item;
  put(bytes + 8, record->index, 8);
  put(bytes + 16, record->synced, 8);
  put(bytes + 24, (uint64_t)record->sequence, 8);
  put(bytes + 32, (uint64_t)record->number, 8);
  put(bytes + 40, (uint64_t)record->time_ms, 8);
  put(bytes + 48, record->compartment, 4);
  put(bytes + 52, 0, 4);
  checksum(bytes + CHECKSUM_OFFSET, bytes);
}

bool journal_record_read(journal_record *record, const uint8_t bytes[JOURNAL_RECORD_BYTES]) {
  uint8_t sum[CHECKSUM_BYTES];
  if (memcmp(bytes, magic, sizeof magic) != 0) return false;
  checksum(sum, bytes);
  if (memcmp(sum, bytes + CHECKSUM_OFFSET, sizeof sum) != 0) return false;
  *record = (journal_record){
      .kind = bytes[4],
      .what = bytes[5],
      .refusal = bytes[6],
      .item = bytes[7],
      .index = get(bytes + 8, 8),
      .synced = get(bytes + 16, 8),
      .sequence = (int64_t)get(bytes + 24, 8),
      .number = (int64_t)get(bytes + 32, 8),
      .time_ms = (int64_t)get(bytes + 40, 8),
      .compartment = (uint32_t)get(bytes + 48, 4),
  };
  return true;
}
