/// journal_record.h — one line of the journal as bytes. Pure.
///
/// Every record is JOURNAL_RECORD_BYTES long, so record i lies at i × JOURNAL_RECORD_BYTES. Little-endian:
///
///     0 magic "LKJ1" | 4 kind | 5 event or outcome | 6 refusal | 7 item | 8 u64 index | 16 u64 synced
///     24 i64 sequence | 32 i64 number | 40 i64 time_ms | 48 u32 compartment | 52 u32 zero | 56 checksum
///
/// The checksum is the first 8 bytes of the BLAKE2b-256 of the 56 bytes before it.
#ifndef LOCKER_JOURNAL_RECORD_H
#define LOCKER_JOURNAL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

enum { JOURNAL_RECORD_BYTES = 64 };

typedef enum {
  RECORD_BEGIN = 1,  ///< first in the file: `sequence` is the highest seen, `number` the last acknowledged
  RECORD_COMMAND,  ///< `sequence`, `compartment`, `time_ms`: its expiry by the server's clock
  RECORD_FIRING,  ///< `sequence`: an unlock may leave for the board from here on
  RECORD_EVENT,  ///< a report entry: `number`, `compartment`, `sequence`, `time_ms`, `what`, `item`
  RECORD_OUTCOME,  ///< a report entry that ends command `sequence`; as above, with `refusal`
  RECORD_ACKNOWLEDGED,  ///< `number`: the server has all entries up to it
  RECORD_REBASED,  ///< `number`: the server has its own idea; what waits is numbered on from there
  RECORD_SET_ASIDE,  ///< `number`: the server will never take this entry; the ones behind it move up
  RECORD_KEPT_COMMAND,  ///< after RECORD_BEGIN, when a journal is written anew: a command that is still open
  RECORD_KEPT_OUTCOME  ///< likewise: an outcome that still waits, of a command that is no longer open
} journal_record_kind;

typedef struct {
  uint8_t kind;
  uint8_t what;  ///< latchkey.v1.LockEvent or CommandOutcome
  uint8_t refusal;  ///< latchkey.v1.CommandRefusal
  uint8_t item;  ///< latchkey.v1.ItemState
  uint64_t index;  ///< its place in the file
  uint64_t synced;  ///< records before this place were on disk when this one came there: in a journal written
                    ///< anew, which appears as a whole, all of them
  int64_t sequence;
  int64_t number;
  int64_t time_ms;
  uint32_t compartment;
} journal_record;

void journal_record_write(uint8_t bytes[JOURNAL_RECORD_BYTES], const journal_record *record);

/// False when the bytes are no whole record.
bool journal_record_read(journal_record *record, const uint8_t bytes[JOURNAL_RECORD_BYTES]);

#endif
