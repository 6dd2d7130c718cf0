/// What is left of a journal after a power cut, or after somebody touched it (S5).
#include <sys/stat.h>

#include "journal_support.h"

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

  CASE("S5 what was read is written anew: a flush that failed earlier is not trusted");
  struct stat before, opened;
  char path[FILE_PATH_BYTES];
  path_of_file(path);
  write_image(image, length);
  CHECK(stat(path, &before) == 0 && journal_open(&subject, directory, problem) == JOURNAL_OK);
  CHECK(stat(path, &opened) == 0 && opened.st_ino != before.st_ino);
  CHECK(read_image(after) == length && memcmp(after, image, length) == 0);
  journal_close(&subject);

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

static void test_damage_to_a_rewritten_journal(void) {
  uint8_t image[IMAGE_BYTES];
  begin();
  for (int64_t i = 1; i <= 3; i++) CHECK(journal_add_command(&subject, i, 1, 1) == 0);
  journal_add_firing(&subject, 2);
  for (uint32_t i = 1; i <= 3; i++) CHECK(add_event(i) == 0);
  CHECK(journal_commit(&subject) == 0);
  CHECK(journal_file_write(directory, &subject.state) == 8);
  journal_close(&subject);
  const size_t length = read_image(image);
  CHECK(length == 8 * JOURNAL_RECORD_BYTES);

  CASE("S5 a journal written anew came to disk as a whole: any wrong bit in it is damage");
  for (size_t bit = 0; bit < 8 * length; bit += 7) {
    image[bit / 8] ^= (uint8_t)(1u << bit % 8);
    write_image(image, length);
    CHECK(journal_open(&subject, directory, problem) == JOURNAL_DAMAGED);
    image[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }

  CASE("S5 and so is an end that is missing");
  for (size_t cut = 0; cut < length; cut++) {
    write_image(image, cut);
    CHECK(journal_open(&subject, directory, problem) == JOURNAL_DAMAGED);
  }
  write_image(image, length);
  CHECK(journal_open(&subject, directory, problem) == JOURNAL_OK && subject.count == 8);
  journal_close(&subject);
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

static void tests(void) {
  test_torn_tail();
  test_damage();
  test_damage_to_a_rewritten_journal();
  test_sense();
}

int main(void) { return in_directory(tests); }
