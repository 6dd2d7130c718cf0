#include "journal.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "journal_support.h"

static int flushes;
static bool disk_fails;

/// Counts, and fails when told to.
static int flush(long call, int fd) {
  flushes++;
  if (!disk_fails) return (int)syscall(call, fd);
  errno = EIO;
  return -1;
}

// In the place of the C library's.
int fdatasync(int fd) { return flush(SYS_fdatasync, fd); }
int fsync(int fd) { return flush(SYS_fsync, fd); }

static void test_opening(void) {
  CASE("S5 what a killed process has written counts as on disk only once it was flushed");
  begin();
  CHECK(journal_add_command(&subject, 1, 1, 1) == 0 && journal_commit(&subject) == 0);
  flushes = 0;
  CHECK(reopen() == JOURNAL_OK);
  // The file, and the folder in which it takes the place of the old one.
  CHECK_NUMBER(flushes, 2);
  disk_fails = true;
  CHECK(reopen() == JOURNAL_FAILED);
  CHECK(strstr(problem, "cannot be written") != NULL);
  disk_fails = false;
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

static void tests(void) {
  test_opening();
  test_memory();
  test_numbers();
  test_compaction();
  test_limits();
}

int main(void) { return in_directory(tests); }
