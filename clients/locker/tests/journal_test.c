#include "journal.h"

#include <ccore/crypto.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "file.h"

enum { IMAGE_BYTES = 64 * 1024 };
static char directory[] = "/tmp/latchkey-journal-XXXXXX";
static char problem[JOURNAL_PROBLEM_BYTES];
static journal subject;

static void path_of_file(char path[FILE_PATH_BYTES]) { CHECK(file_path(path, directory, "journal") == 0); }

static size_t read_image(uint8_t image[IMAGE_BYTES]) {
  char path[FILE_PATH_BYTES];
  path_of_file(path);
  const int fd = open(path, O_RDONLY);
  const ssize_t length = read(fd, image, IMAGE_BYTES);
  CHECK(length >= 0 && length < IMAGE_BYTES);
  close(fd);
  return (size_t)length;
}

static void write_image(const uint8_t *image, size_t length) {
  char path[FILE_PATH_BYTES];
  path_of_file(path);
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CHECK(file_write_all(fd, image, length) == 0);
  close(fd);
}

static journal_result reopen(void) {
  journal_close(&subject);
  return journal_open(&subject, directory, problem);
}

static void begin(void) {
  CHECK(journal_create(directory) == 0);
  CHECK(journal_open(&subject, directory, problem) == JOURNAL_OK);
}

static int add_event(uint32_t compartment) {
  const journal_entry entry = {
      .compartment = compartment, .time_ms = 1000 + compartment, .what = 8, .item = 1};
  return journal_add_entry(&subject, &entry);
}

static void add_outcome(int64_t sequence) {
  const journal_entry entry = {.compartment = 3, .sequence = sequence, .is_outcome = true, .what = 1};
  CHECK(journal_add_entry(&subject, &entry) == 0);
}

static void test_memory(void) {
  CASE("L1 what was committed is there after a restart, and nothing else");
  begin();
  CHECK(journal_add_command(&subject, 10, 3, 5000) == 0);
  CHECK(journal_add_command(&subject, 12, 4, 6000) == 0);
  journal_add_firing(&subject, 12);
  CHECK(add_event(7) == 0);
  CHECK(journal_commit(&subject) == 0);
  CHECK(journal_add_command(&subject, 13, 5, 7000) == 0);  // not committed
  CHECK(reopen() == JOURNAL_OK);
  CHECK(subject.state.highest_sequence == 12 && subject.state.open_count == 2);
  const journal_command *command = journal_state_find(&subject.state, 10);
  CHECK(command != NULL && !command->firing && command->compartment == 3 && command->expire_time_ms == 5000);
  command = journal_state_find(&subject.state, 12);
  CHECK(command != NULL && command->firing && !command->given);
  CHECK(subject.state.waiting_count == 1);
  const journal_entry *entry = &subject.state.waiting[0];
  CHECK(entry->number == 1 && entry->compartment == 7 && entry->time_ms == 1007 && entry->what == 8);
  CHECK(entry->item == 1 && !entry->is_outcome && !entry->dated_here);

  CASE("L1 commands are told apart by their number: none twice, none that does not rise");
  CHECK(journal_add_command(&subject, 12, 4, 6000) == -1);
  CHECK(journal_add_command(&subject, 11, 4, 6000) == -1);
  CHECK(journal_add_command(&subject, 0, 4, 6000) == -1);
  CHECK(journal_add_command(&subject, JOURNAL_MAXIMUM_NUMBER + 1, 4, 6000) == -1);

  CASE("L2 an outcome ends its command; the number stays known");
  add_outcome(10);
  CHECK(journal_commit(&subject) == 0 && reopen() == JOURNAL_OK);
  CHECK(journal_state_find(&subject.state, 10) == NULL && subject.state.open_count == 1);
  CHECK(subject.state.waiting_count == 2 && subject.state.waiting[1].is_outcome);
  CHECK(journal_add_command(&subject, 10, 3, 5000) == -1);
  journal_close(&subject);
}

static void test_numbers(void) {
  CASE("L1 entries are numbered on from what is acknowledged, over restarts");
  begin();
  for (uint32_t i = 1; i <= 5; i++) CHECK(add_event(i) == 0);
  CHECK(journal_reconcile(&subject, 3) == 0);
  CHECK(subject.state.waiting_count == 2 && subject.state.waiting[0].number == 4);
  CHECK(journal_commit(&subject) == 0 && reopen() == JOURNAL_OK);
  CHECK(subject.state.acknowledged == 3 && subject.state.waiting[0].compartment == 4);
  CHECK(add_event(6) == 0 && subject.state.waiting[2].number == 6);

  CASE("L1 after a restored journal the server's number wins and nothing that waits is lost");
  CHECK(journal_reconcile(&subject, 100) == 0);
  CHECK(subject.state.waiting_count == 3 && subject.state.waiting[0].number == 101);
  CHECK(subject.state.waiting[2].number == 103 && subject.state.waiting[0].compartment == 4);

  CASE("L1 after a restored server likewise");
  CHECK(journal_reconcile(&subject, 50) == 0);
  CHECK(subject.state.waiting_count == 3 && subject.state.waiting[0].number == 51);
  CHECK(journal_commit(&subject) == 0 && reopen() == JOURNAL_OK);
  CHECK(subject.state.acknowledged == 50 && subject.state.waiting[2].number == 53);

  CASE("L1 an entry that the server refuses for good is given up; the others move up");
  journal_set_aside(&subject);
  CHECK(subject.state.waiting_count == 2 && subject.state.waiting[0].number == 51);
  CHECK(subject.state.waiting[0].compartment == 5);
  CHECK(journal_commit(&subject) == 0 && reopen() == JOURNAL_OK);
  CHECK(subject.state.waiting_count == 2 && subject.state.waiting[1].number == 52);

  CASE("L1 numbers that cannot be are refused");
  CHECK(journal_reconcile(&subject, -1) == -1);
  CHECK(journal_reconcile(&subject, INT64_MAX) == -1);
  CHECK(subject.state.waiting_count == 2 && subject.state.acknowledged == 50);
  journal_close(&subject);
}

/// A journal of ten records in five commits; returns its bytes.
static size_t build_image(uint8_t image[IMAGE_BYTES]) {
  begin();
  for (int64_t i = 1; i <= 4; i++) {
    CHECK(journal_add_command(&subject, i, (uint32_t)i, 1000 * i) == 0);
    CHECK(journal_commit(&subject) == 0);
    if (i < 4) journal_add_firing(&subject, i);
    if (i < 3) add_outcome(i);
  }
  CHECK(journal_commit(&subject) == 0);
  journal_close(&subject);
  const size_t length = read_image(image);
  CHECK(length == 10 * JOURNAL_RECORD_BYTES);
  return length;
}

static void test_torn_tail(void) {
  uint8_t image[IMAGE_BYTES], after[IMAGE_BYTES];
  CASE("S5 a tail torn at any byte is cut off, and the rest is intact and goes on");
  const size_t length = build_image(image);
  for (size_t cut = JOURNAL_RECORD_BYTES; cut < length; cut++) {
    write_image(image, cut);
    CHECK(journal_open(&subject, directory, problem) == JOURNAL_OK);
    const size_t whole = cut / JOURNAL_RECORD_BYTES;
    CHECK(subject.count == whole && subject.cut_bytes == cut % JOURNAL_RECORD_BYTES);
    CHECK(read_image(after) == whole * JOURNAL_RECORD_BYTES &&
          memcmp(after, image, whole * JOURNAL_RECORD_BYTES) == 0);
    CHECK(journal_add_command(&subject, 99, 1, 1) == 0 && journal_commit(&subject) == 0);
    CHECK(reopen() == JOURNAL_OK && subject.count == whole + 1 && subject.state.highest_sequence == 99);
    journal_close(&subject);
  }

  CASE("S5 a tail that came to disk as zeros or rubbish is cut off");
  for (int filler = 0; filler < 2; filler++) {
    for (size_t extra = 1; extra <= 3 * JOURNAL_RECORD_BYTES; extra++) {
      memset(image + length, filler == 0 ? 0 : 0xA5, extra);
      write_image(image, length + extra);
      CHECK(journal_open(&subject, directory, problem) == JOURNAL_OK);
      CHECK(subject.count == 10 && subject.cut_bytes == extra);
      journal_close(&subject);
    }
  }

  CASE("S5 of one unsynced batch the later part may come to disk without the earlier");
  begin();
  for (uint32_t i = 1; i <= 4; i++) CHECK(add_event(i) == 0);
  CHECK(journal_commit(&subject) == 0);
  journal_close(&subject);
  const size_t batch = read_image(image);
  CHECK(batch == 5 * JOURNAL_RECORD_BYTES);
  memset(image + 2 * JOURNAL_RECORD_BYTES, 0, JOURNAL_RECORD_BYTES);
  write_image(image, batch);
  CHECK(journal_open(&subject, directory, problem) == JOURNAL_OK);
  CHECK(subject.count == 2 && subject.state.waiting_count == 1);
  journal_close(&subject);
}

static void test_damage(void) {
  uint8_t image[IMAGE_BYTES], damaged[IMAGE_BYTES];
  CASE(
      "S5 any wrong bit in what was on disk is damage: nothing opens, nothing is touched");
  const size_t length = build_image(image);
  // The last two records are one commit; a later record vouches for all before them.
  for (size_t bit = 0; bit < 8 * (length - 2 * JOURNAL_RECORD_BYTES); bit += 7) {
    memcpy(damaged, image, length);
    damaged[bit / 8] ^= (uint8_t)(1u << bit % 8);
    write_image(damaged, length);
    CHECK(journal_open(&subject, directory, problem) == JOURNAL_DAMAGED);
    CHECK(strstr(problem, "does not check out") != NULL && strstr(problem, "enrol") != NULL);
    uint8_t after[IMAGE_BYTES];
    CHECK(read_image(after) == length && memcmp(after, damaged, length) == 0);
  }

  CASE("S5 bytes taken out of the middle are damage, be they a whole record or one byte");
  for (size_t gap = 1; gap <= JOURNAL_RECORD_BYTES; gap++) {
    const size_t at = 4 * JOURNAL_RECORD_BYTES;
    memcpy(damaged, image, at);
    memcpy(damaged + at, image + at + gap, length - at - gap);
    write_image(damaged, length - gap);
    CHECK(journal_open(&subject, directory, problem) == JOURNAL_DAMAGED);
  }

  CASE("S5 a journal that is empty, missing or foreign is refused");
  write_image(image, 0);
  CHECK(journal_open(&subject, directory, problem) == JOURNAL_DAMAGED);
  write_image((const uint8_t *)"hello", 5);
  CHECK(journal_open(&subject, directory, problem) == JOURNAL_DAMAGED);
  char path[FILE_PATH_BYTES];
  path_of_file(path);
  CHECK(unlink(path) == 0);
  CHECK(journal_open(&subject, directory, problem) == JOURNAL_MISSING);
}

static void test_sense(void) {
  CASE("S5 records that check out but make no sense are damage");
  const journal_record wrong[] = {
      {.kind = RECORD_FIRING, .sequence = 77},
      {.kind = RECORD_OUTCOME, .number = 1, .sequence = 77},
      {.kind = RECORD_EVENT, .number = 2},
      {.kind = RECORD_ACKNOWLEDGED, .number = 1},
      {.kind = RECORD_SET_ASIDE, .number = 1},
      {.kind = RECORD_COMMAND, .sequence = 0},
      {.kind = RECORD_KEPT_COMMAND, .sequence = 1},
      {.kind = RECORD_BEGIN},
      {.kind = 99},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    uint8_t image[IMAGE_BYTES];
    CHECK(journal_create(directory) == 0);
    CHECK(read_image(image) == JOURNAL_RECORD_BYTES);
    journal_record record = wrong[i];
    record.index = 1;
    record.synced = 1;
    journal_record_write(image + JOURNAL_RECORD_BYTES, &record);
    write_image(image, 2 * JOURNAL_RECORD_BYTES);
    CHECK(journal_open(&subject, directory, problem) == JOURNAL_DAMAGED);
  }
}

static void test_compaction(void) {
  CASE("L1 a journal over its size is written anew with all that matters, and stays small");
  begin();
  CHECK(journal_add_command(&subject, 5, 9, 123456) == 0);
  journal_add_firing(&subject, 5);
  CHECK(journal_add_command(&subject, 6, 8, 99) == 0);
  CHECK(journal_add_command(&subject, 7, 8, 99) == 0);
  add_outcome(7);
  int64_t number = 1;
  for (int round = 0; round < 40; round++) {
    for (uint32_t i = 0; i < 1000; i++) CHECK(add_event(i % 64 + 1) == 0);
    if (round < 39) {
      number += 990;
      CHECK(journal_reconcile(&subject, number) == 0);
    }
    CHECK(journal_commit(&subject) == 0);
    CHECK(subject.synced == subject.count &&
          subject.count * JOURNAL_RECORD_BYTES <= 2 * JOURNAL_COMPACT_BYTES);
  }
  const size_t waiting = subject.state.waiting_count;
  const journal_entry last = subject.state.waiting[waiting - 1];
  CHECK(reopen() == JOURNAL_OK);
  CHECK(subject.state.acknowledged == number && subject.state.waiting_count == waiting);
  CHECK(subject.state.waiting[waiting - 1].number == last.number && last.number == 40001);
  CHECK(subject.state.highest_sequence == 7 && subject.state.open_count == 2);
  CHECK(journal_state_find(&subject.state, 5)->firing &&
        journal_state_find(&subject.state, 5)->compartment == 9);
  CHECK(!journal_state_find(&subject.state, 6)->firing);
  struct stat status;
  char path[FILE_PATH_BYTES];
  path_of_file(path);
  CHECK(stat(path, &status) == 0 && status.st_size < 2 * JOURNAL_COMPACT_BYTES &&
        (status.st_mode & 0777) == 0600);
  journal_close(&subject);

  CASE("L2 an outcome that waits through a rewriting is still an outcome, of a command that stays closed");
  CHECK(journal_create(directory) == 0 && journal_open(&subject, directory, problem) == JOURNAL_OK);
  CHECK(journal_add_command(&subject, 1, 1, 1) == 0);
  add_outcome(1);
  CHECK(journal_commit(&subject) == 0);
  CHECK(journal_file_write(directory, &subject.state) == 2);
  CHECK(reopen() == JOURNAL_OK && subject.state.open_count == 0 && subject.state.waiting[0].is_outcome);
  journal_close(&subject);
}

static void test_limits(void) {
  CASE("L1 events leave room for outcomes; both have a limit");
  begin();
  size_t events = 0;
  while (add_event(1) == 0) events++;
  CHECK(events == JOURNAL_MAXIMUM_WAITING - JOURNAL_KEPT_FOR_OUTCOMES);
  for (int64_t i = 1; i <= JOURNAL_KEPT_FOR_OUTCOMES; i++) {
    CHECK(journal_add_command(&subject, i, 1, 1) == 0);
    add_outcome(i);
    if (i % 100 == 0) CHECK(journal_commit(&subject) == 0);
  }
  CHECK(journal_add_command(&subject, 5000, 1, 1) == 0);
  const journal_entry over = {.compartment = 1, .sequence = 5000, .is_outcome = true};
  CHECK(journal_add_entry(&subject, &over) == -1);
  journal_close(&subject);

  CASE("L1 no more commands are open than the limit");
  begin();
  for (int64_t i = 1; i <= JOURNAL_MAXIMUM_OPEN; i++) CHECK(journal_add_command(&subject, i, 1, 1) == 0);
  CHECK(journal_add_command(&subject, JOURNAL_MAXIMUM_OPEN + 1, 1, 1) == -1);
  journal_close(&subject);
}

int main(void) {
  CHECK(lk_crypto_start() == 0 && mkdtemp(directory) != NULL);
  test_memory();
  test_numbers();
  test_torn_tail();
  test_damage();
  test_sense();
  test_compaction();
  test_limits();
  char path[FILE_PATH_BYTES];
  path_of_file(path);
  unlink(path);
  rmdir(directory);
  return DONE();
}
