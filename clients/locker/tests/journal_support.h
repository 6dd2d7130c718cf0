/// journal_support.h — a journal in a directory of its own, and its file as bytes, for its tests.
#ifndef JOURNAL_SUPPORT_H
#define JOURNAL_SUPPORT_H

#include <ccore/crypto.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "file.h"
#include "journal.h"

enum { IMAGE_BYTES = 64 * 1024 };
static char directory[] = "/tmp/latchkey-journal-XXXXXX";
static char problem[JOURNAL_PROBLEM_BYTES];
static journal subject;

static inline void path_of_file(char path[FILE_PATH_BYTES]) {
  CHECK(file_path(path, directory, "journal") == 0);
}

static inline size_t read_image(uint8_t image[IMAGE_BYTES]) {
  char path[FILE_PATH_BYTES];
  path_of_file(path);
  const int fd = open(path, O_RDONLY);
  const ssize_t length = read(fd, image, IMAGE_BYTES);
  CHECK(length >= 0 && length < IMAGE_BYTES);
  close(fd);
  return (size_t)length;
}

static inline void write_image(const uint8_t *image, size_t length) {
  char path[FILE_PATH_BYTES];
  path_of_file(path);
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CHECK(file_write_all(fd, image, length) == 0);
  close(fd);
}

static inline journal_result reopen(void) {
  journal_close(&subject);
  return journal_open(&subject, directory, problem);
}

static inline void begin(void) {
  CHECK(journal_create(directory) == 0);
  CHECK(journal_open(&subject, directory, problem) == JOURNAL_OK);
}

static inline int add_event(uint32_t compartment) {
  const journal_entry entry = {
      .compartment = compartment, .time_ms = 1000 + compartment, .what = 8, .item = 1};
  return journal_add_entry(&subject, &entry);
}

static inline void add_outcome(int64_t sequence) {
  const journal_entry entry = {.compartment = 3, .sequence = sequence, .is_outcome = true, .what = 1};
  CHECK(journal_add_entry(&subject, &entry) == 0);
}

/// Runs the tests in a new directory, which is gone afterwards. Returns the program's exit code.
static inline int in_directory(void (*tests)(void)) {
  if (lk_crypto_start() != 0 || mkdtemp(directory) == NULL) return 2;
  tests();
  char path[FILE_PATH_BYTES];
  path_of_file(path);
  unlink(path);
  rmdir(directory);
  return check_report();
}

#endif
