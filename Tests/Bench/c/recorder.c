// Preloaded into the server: sees what its one writing connection tells SQLite, without a change to the server.
//
//   LD_PRELOAD=recorder.so COMMITS=FILE latchkey serve …     counts commits, in a file of one 64-bit number
//   LD_PRELOAD=recorder.so STATEMENTS=FILE latchkey serve …  also records every statement with its values
//
// A transaction that writes begins with BEGIN IMMEDIATE, which only the writer ever says. Records are lines of
// bytes for statements.c:
//
//   'S' u32 number, u32 length, SQL           a statement that was not seen before
//   'R' u32 number, u32 count, values         it runs; a value is 'n' | 'i' i64 | 'd' f64 | 't','b' u32 length, bytes
#include <dlfcn.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAXIMUM_STATEMENTS = 4096, MAXIMUM_VALUES = 64 };

typedef struct value {
  char kind;
  int64_t number;
  uint32_t length;
  char *bytes;
} value;

/// A prepared statement, by its address.
typedef struct {
  sqlite3_stmt *statement;
  uint32_t number;
  bool is_running;
  bool is_recorded;
  int count;
  value values[MAXIMUM_VALUES];
} known;

static known statements[MAXIMUM_STATEMENTS];
static uint32_t last_number;
static sqlite3 *writer;
static bool is_in_transaction;
static FILE *record;
static volatile uint64_t *commits;

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("STATEMENTS");
  if (path) {
    record = fopen(path, "w");
    if (record) setvbuf(record, NULL, _IOFBF, 1 << 20);
  }
  path = getenv("COMMITS");
  int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (file >= 0 && ftruncate(file, 8) == 0) {
    void *memory = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED) commits = memory;
  }
}

__attribute__((destructor)) static void stop(void) {
  if (record) fclose(record);
}

/// Its slot: found by address, which only the writer's thread changes once the server runs.
static known *find(sqlite3_stmt *statement) {
  size_t slot = ((uintptr_t)statement >> 4) % MAXIMUM_STATEMENTS;
  for (int i = 0; i < MAXIMUM_STATEMENTS; i++) {
    known *known = &statements[(slot + (size_t)i) % MAXIMUM_STATEMENTS];
    if (known->statement == statement) return known;
    if (!known->statement) {
      known->statement = statement;
      known->number = ++last_number;
      return known;
    }
  }
  abort();
}

static bool is_writers(sqlite3_stmt *statement) { return record && sqlite3_db_handle(statement) == writer; }

static value *value_at(sqlite3_stmt *statement, int position) {
  if (!is_writers(statement) || position < 1 || position > MAXIMUM_VALUES) return NULL;
  known *known = find(statement);
  if (position > known->count) known->count = position;
  value *value = &known->values[position - 1];
  free(value->bytes);
  *value = (struct value){.kind = 'n'};
  return value;
}

static void keep(sqlite3_stmt *statement, int position, char kind, const void *bytes, int64_t length) {
  value *value = value_at(statement, position);
  if (!value || !bytes) return;
  value->kind = kind;
  value->length = (uint32_t)(length < 0 ? (int64_t)strlen(bytes) : length);
  value->bytes = malloc(value->length + 1U);
  memcpy(value->bytes, bytes, value->length);
}

int sqlite3_bind_int64(sqlite3_stmt *statement, int position, sqlite3_int64 number) {
  REAL(sqlite3_bind_int64);
  value *value = value_at(statement, position);
  if (value) *value = (struct value){.kind = 'i', .number = number};
  return real(statement, position, number);
}

int sqlite3_bind_double(sqlite3_stmt *statement, int position, double number) {
  REAL(sqlite3_bind_double);
  value *value = value_at(statement, position);
  if (value) {
    value->kind = 'd';
    memcpy(&value->number, &number, sizeof number);
  }
  return real(statement, position, number);
}

int sqlite3_bind_null(sqlite3_stmt *statement, int position) {
  REAL(sqlite3_bind_null);
  value_at(statement, position);
  return real(statement, position);
}

int sqlite3_bind_text(sqlite3_stmt *statement, int position, const char *text, int length, void (*end)(void *)) {
  REAL(sqlite3_bind_text);
  keep(statement, position, 't', text, length);
  return real(statement, position, text, length, end);
}

int sqlite3_bind_blob(sqlite3_stmt *statement, int position, const void *bytes, int length, void (*end)(void *)) {
  REAL(sqlite3_bind_blob);
  keep(statement, position, 'b', bytes, length);
  return real(statement, position, bytes, length, end);
}

int sqlite3_bind_zeroblob(sqlite3_stmt *statement, int position, int length) {
  REAL(sqlite3_bind_zeroblob);
  if (length == 0) keep(statement, position, 'b', "", 0);
  return real(statement, position, length);
}

int sqlite3_clear_bindings(sqlite3_stmt *statement) {
  REAL(sqlite3_clear_bindings);
  if (is_writers(statement)) {
    known *known = find(statement);
    for (int i = 0; i < known->count; i++) {
      free(known->values[i].bytes);
      known->values[i] = (struct value){.kind = 'n'};
    }
  }
  return real(statement);
}

static void put(uint32_t number) { fwrite(&number, sizeof number, 1, record); }

static void write_run(known *known, const char *sql) {
  if (!known->is_recorded) {
    known->is_recorded = true;
    fputc('S', record);
    put(known->number);
    put((uint32_t)strlen(sql));
    fputs(sql, record);
  }
  fputc('R', record);
  put(known->number);
  put((uint32_t)known->count);
  for (int i = 0; i < known->count; i++) {
    value *value = &known->values[i];
    fputc(value->kind ? value->kind : 'n', record);
    if (value->kind == 'i' || value->kind == 'd') fwrite(&value->number, sizeof value->number, 1, record);
    if (value->kind == 't' || value->kind == 'b') {
      put(value->length);
      fwrite(value->bytes, 1, value->length, record);
    }
  }
}

int sqlite3_step(sqlite3_stmt *statement) {
  REAL(sqlite3_step);
  const char *sql = sqlite3_sql(statement);
  // SQLite's own statements have no text.
  if (!sql) return real(statement);
  if (!writer && strcmp(sql, "BEGIN IMMEDIATE") == 0) writer = sqlite3_db_handle(statement);
  if (sqlite3_db_handle(statement) != writer) return real(statement);
  if (sql[0] == 'B' && strcmp(sql, "BEGIN IMMEDIATE") == 0) is_in_transaction = true;
  if (record && is_in_transaction) {
    known *known = find(statement);
    if (!known->is_running) write_run(known, sql);
    known->is_running = true;
  }
  int result = real(statement);
  if (sql[0] == 'C' && strcmp(sql, "COMMIT") == 0) {
    is_in_transaction = false;
    if (commits && result == SQLITE_DONE) ++*commits;
  }
  return result;
}

int sqlite3_reset(sqlite3_stmt *statement) {
  REAL(sqlite3_reset);
  if (statement && is_writers(statement)) find(statement)->is_running = false;
  return real(statement);
}

int sqlite3_finalize(sqlite3_stmt *statement) {
  REAL(sqlite3_finalize);
  if (statement && is_writers(statement)) {
    known *known = find(statement);
    // Another one may get this address; the slot stays taken, under a new number.
    known->number = ++last_number;
    known->is_recorded = known->is_running = false;
    known->count = 0;
  }
  return real(statement);
}
