// Runs the statements that the server ran, in the same order and with the same values, on a copy of the
// database that it began with: what SQLite alone takes, without a network, rules or Swift.
//
//   statements DATABASE RECORD DECISIONS-PER-COMMIT
//
// The record is recorder.c's. Decisions keep their savepoints; the commits of the record are left out and made
// after so many decisions instead. Prints decisions a second.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

enum { MAXIMUM_STATEMENTS = 1 << 14 };

typedef struct {
  sqlite3 *database;
  sqlite3_stmt *statements[MAXIMUM_STATEMENTS];
  /// What the records BEGIN, COMMIT and RELEASE of a statement's number mean.
  char kinds[MAXIMUM_STATEMENTS];
  sqlite3_stmt *begin;
  sqlite3_stmt *commit;
  int batch;
  int waiting;
  bool is_open;
  uint64_t decisions;
  uint64_t commits;
  uint64_t runs;
  /// Folds in every column that is read, so that reading is not left out.
  uint64_t seen;
} replay;

static void check(replay *replay, int result) {
  if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW) {
    fail("%s", sqlite3_errmsg(replay->database));
  }
}

static sqlite3_stmt *prepare(replay *replay, const char *sql, size_t length) {
  sqlite3_stmt *statement;
  check(replay, sqlite3_prepare_v3(replay->database, sql, (int)length, SQLITE_PREPARE_PERSISTENT, &statement,
                                   NULL));
  return statement;
}

static void once(replay *replay, sqlite3_stmt *statement) {
  check(replay, sqlite3_step(statement));
  check(replay, sqlite3_reset(statement));
}

static uint32_t take_number(span *record) {
  uint32_t number;
  if (record->length < sizeof number) fail("the record ends within a number");
  memcpy(&number, record->bytes, sizeof number);
  *record = (span){record->bytes + sizeof number, record->length - sizeof number};
  return number;
}

static const uint8_t *take(span *record, size_t count) {
  if (record->length < count) fail("the record ends within a value");
  const uint8_t *bytes = record->bytes;
  *record = (span){bytes + count, record->length - count};
  return bytes;
}

static void bind(replay *replay, sqlite3_stmt *statement, int position, span *record) {
  int64_t number;
  double real;
  uint32_t length;
  switch (*take(record, 1)) {
    case 'n': check(replay, sqlite3_bind_null(statement, position)); break;
    case 'i':
      memcpy(&number, take(record, sizeof number), sizeof number);
      check(replay, sqlite3_bind_int64(statement, position, number));
      break;
    case 'd':
      memcpy(&real, take(record, sizeof real), sizeof real);
      check(replay, sqlite3_bind_double(statement, position, real));
      break;
    case 't':
      length = take_number(record);
      check(replay, sqlite3_bind_text(statement, position, (const char *)take(record, length), (int)length,
                                      SQLITE_STATIC));
      break;
    case 'b':
      length = take_number(record);
      check(replay, sqlite3_bind_blob(statement, position, length ? take(record, length) : (const void *)"",
                                      (int)length, SQLITE_STATIC));
      break;
    default: fail("the record holds a value of no kind");
  }
}

static void read_row(replay *replay, sqlite3_stmt *statement) {
  for (int column = 0; column < sqlite3_column_count(statement); column++) {
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_INTEGER: replay->seen += (uint64_t)sqlite3_column_int64(statement, column); break;
      case SQLITE_NULL: break;
      default: {
        const uint8_t *bytes = sqlite3_column_blob(statement, column);
        for (int i = 0; i < sqlite3_column_bytes(statement, column); i++) replay->seen += bytes[i];
      }
    }
  }
}

static void commit(replay *replay) {
  if (!replay->is_open) return;
  once(replay, replay->commit);
  replay->is_open = false;
  replay->waiting = 0;
  replay->commits++;
}

static void run(replay *replay, uint32_t number, span *record) {
  sqlite3_stmt *statement = replay->statements[number];
  if (!statement) fail("the record runs a statement that it does not hold");
  uint32_t count = take_number(record);
  for (uint32_t i = 0; i < count; i++) bind(replay, statement, (int)i + 1, record);
  char kind = replay->kinds[number];
  if (kind == 'B' || kind == 'C') return;
  if (!replay->is_open) once(replay, replay->begin);
  replay->is_open = true;
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) read_row(replay, statement);
  check(replay, result);
  check(replay, sqlite3_reset(statement));
  replay->runs++;
  if (kind != 'R') return;
  replay->decisions++;
  if (++replay->waiting >= replay->batch) commit(replay);
}

/// A statement has one number in the record, and is prepared once, as the server keeps it.
static void learn(replay *replay, span *record) {
  uint32_t number = take_number(record);
  uint32_t length = take_number(record);
  const char *sql = (const char *)take(record, length);
  if (number >= MAXIMUM_STATEMENTS) fail("too many statements");
  replay->statements[number] = prepare(replay, sql, length);
  bool is_begin = length >= 5 && memcmp(sql, "BEGIN", 5) == 0;
  bool is_commit = length == 6 && memcmp(sql, "COMMIT", 6) == 0;
  bool is_release = length >= 7 && memcmp(sql, "RELEASE", 7) == 0;
  replay->kinds[number] = is_begin ? 'B' : is_commit ? 'C' : is_release ? 'R' : ' ';
}

static buffer read_file(const char *path) {
  buffer contents = {0};
  FILE *file = fopen(path, "r");
  if (!file) fail("'%s' cannot be read", path);
  size_t count;
  while ((count = fread(buffer_reserve(&contents, 1 << 20), 1, 1 << 20, file)) > 0) contents.length += count;
  fclose(file);
  return contents;
}

int main(int argc, char **argv) {
  if (argc != 4) fail("usage: statements DATABASE RECORD DECISIONS-PER-COMMIT");
  static replay replay;
  replay.batch = atoi(argv[3]);
  buffer contents = read_file(argv[2]);
  if (sqlite3_open_v2(argv[1], &replay.database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)) {
    fail("'%s' cannot be opened", argv[1]);
  }
  // As SQLiteStore sets its connections up.
  check(&replay, sqlite3_exec(replay.database,
                              "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                              "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                              "PRAGMA recursive_triggers = OFF; PRAGMA temp_store = MEMORY;"
                              "PRAGMA journal_size_limit = 67108864;",
                              NULL, NULL, NULL));
  replay.begin = prepare(&replay, "BEGIN IMMEDIATE", 15);
  replay.commit = prepare(&replay, "COMMIT", 6);
  span rest = {contents.bytes, contents.length};
  int64_t start = now_nano();
  while (rest.length > 0) {
    if (*take(&rest, 1) == 'S') {
      learn(&replay, &rest);
    } else {
      run(&replay, take_number(&rest), &rest);
    }
  }
  commit(&replay);
  double elapsed = (double)(now_nano() - start) / 1e9;
  printf("{\"decisions\": %.1f, \"count\": %llu, \"commits\": %llu, \"statements\": %llu, \"seen\": %llu}\n",
         (double)replay.decisions / elapsed, (unsigned long long)replay.decisions,
         (unsigned long long)replay.commits, (unsigned long long)replay.runs, (unsigned long long)replay.seen);
  return 0;
}
