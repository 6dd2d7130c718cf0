/// journal_file.h — the journal as a file: read back without a torn tail, and written anew.
#ifndef LOCKER_JOURNAL_FILE_H
#define LOCKER_JOURNAL_FILE_H

#include "journal_state.h"

enum {
  JOURNAL_MAXIMUM_BYTES = 64 << 20,  ///< a longer file is not read
  JOURNAL_PROBLEM_BYTES = 512
};

typedef enum { JOURNAL_OK = 0, JOURNAL_MISSING, JOURNAL_DAMAGED, JOURNAL_FAILED } journal_result;

/// Reads DIR/journal into `state`, and has what it read on disk, without a torn tail, whatever an earlier process
/// failed to flush. `*count` is the number of records, `*cut_bytes` what was cut. Unless JOURNAL_OK, `problem` says what is wrong and what to do.
journal_result journal_file_read(const char *directory, journal_state *state, uint64_t *count,
                                 uint64_t *cut_bytes, char problem[JOURNAL_PROBLEM_BYTES]);

/// Replaces DIR/journal by the shortest one that says what `state` says. Returns its number of records, or 0
/// with errno; then the old file is untouched.
uint64_t journal_file_write(const char *directory, const journal_state *state);

/// Opens DIR/journal to append. Returns the descriptor, or -1 with errno.
int journal_file_append_to(const char *directory);

#endif
