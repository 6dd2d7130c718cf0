// Measures a lone durable commit: one small row a transaction, in WAL mode with synchronous=FULL, as the server
// sets its database up, on the file system that the server's database is on.
//
//   commits DIRECTORY COUNT
//
// Prints the median and the 99th percentile in microseconds.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire.h"

static void check(sqlite3 *database, int result) {
  if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW) fail("%s", sqlite3_errmsg(database));
}

int main(int argc, char **argv) {
  if (argc != 3) fail("usage: commits DIRECTORY COUNT");
  size_t count = (size_t)atoi(argv[2]);
  char path[4096];
  snprintf(path, sizeof path, "%s/commits.db", argv[1]);
  unlink(path);
  sqlite3 *database;
  if (sqlite3_open(path, &database)) fail("'%s' cannot be made", path);
  check(database, sqlite3_exec(database,
                               "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                               "CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;",
                               NULL, NULL, NULL));
  sqlite3_stmt *insert;
  check(database, sqlite3_prepare_v2(database, "INSERT INTO rows (text) VALUES (?)", -1, &insert, NULL));
  double *samples = malloc(count * sizeof *samples);
  for (size_t i = 0; i < count; i++) {
    int64_t start = now_nano();
    check(database, sqlite3_bind_text(insert, 1, "a key moves", -1, SQLITE_STATIC));
    check(database, sqlite3_step(insert));
    check(database, sqlite3_reset(insert));
    samples[i] = (double)(now_nano() - start) / 1e3;
  }
  double median = quantile(samples, count, 0.5);
  printf("{\"p50_us\": %.2f, \"p99_us\": %.2f}\n", median, quantile(samples, count, 0.99));
  sqlite3_finalize(insert);
  sqlite3_close(database);
  unlink(path);
  return 0;
}
