#include "journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

static const char file_name[] = "journal";

/// What a person can do about damage. A new device is safe: commands live for seconds, so those that the
/// server sends again have expired and are refused, not repeated.
static const char way_out[] =
    "Nothing is opened, because a command could be done twice. Put back a copy of the directory, or enrol "
    "this controller anew with a new code into a new directory";

int journal_file_append_to(const char *directory) {
  char path[FILE_PATH_BYTES];
  if (file_path(path, directory, file_name) != 0) return -1;
  return open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

// Reading ---------------------------------------------------------------------------------------------

/// The file in memory.
typedef struct {
  uint8_t *data;
  size_t length;
} image;

static int load(const char *directory, image *image) {
  char path[FILE_PATH_BYTES];
  if (file_path(path, directory, file_name) != 0) return -1;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat status;
  int result = fstat(fd, &status);
  if (result == 0 && status.st_size > JOURNAL_MAXIMUM_BYTES) {
    errno = EFBIG;
    result = -1;
  }
  if (result == 0) {
    image->data = malloc((size_t)status.st_size + 1);
    image->length = 0;
    if (image->data == NULL) result = -1;
  }
  while (result == 0 && image->length < (size_t)status.st_size) {
    const ssize_t count = read(fd, image->data + image->length, (size_t)status.st_size - image->length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) result = -1;
    if (count <= 0) break;
    image->length += (size_t)count;
  }
  const int saved = errno;
  close(fd);
  errno = saved;
  return result;
}

static bool read_at(const image *image, uint64_t index, journal_record *record) {
  const uint64_t offset = index * JOURNAL_RECORD_BYTES;
  if (offset + JOURNAL_RECORD_BYTES > image->length) return false;
  return journal_record_read(record, image->data + offset) && record->index == index;
}

/// True when some record behind the first `index` ones says that record `index` was on disk. It may have
/// slipped to any byte.
static bool later_says_on_disk(const image *image, uint64_t index) {
  journal_record later;
  for (uint64_t offset = index * JOURNAL_RECORD_BYTES; offset + JOURNAL_RECORD_BYTES <= image->length;
       offset++) {
    if (journal_record_read(&later, image->data + offset) && later.synced > index) return true;
  }
  return false;
}

/// Has what was read on disk, without a torn tail behind it.
///
/// A flush would not do: one that failed before has left what it should have written in the cache, marked as
/// written. So it is written again, as a file of its own that takes the place of the old one.
static journal_result settle(const char *directory, const image *image, size_t length,
                             char problem[JOURNAL_PROBLEM_BYTES]) {
  if (file_replace(directory, file_name, 0600, image->data, length) == 0) return JOURNAL_OK;
  snprintf(problem, JOURNAL_PROBLEM_BYTES, "The journal in %s cannot be written: %s.", directory,
           strerror(errno));
  return JOURNAL_FAILED;
}

/// Applies record by record up to the first that does not check out.
static journal_result replay(const char *directory, const image *image, journal_state *state, uint64_t *count,
                             char problem[JOURNAL_PROBLEM_BYTES]) {
  journal_record record;
  uint64_t on_disk = 0;  // so many records, by what the good ones say
  for (*count = 0; read_at(image, *count, &record); (*count)++) {
    if (record.synced > on_disk) on_disk = record.synced;
    const char *wrong = journal_state_apply(state, &record);
    if (wrong == NULL) continue;
    snprintf(problem, JOURNAL_PROBLEM_BYTES, "Record %" PRIu64 " of the journal in %s is %s. %s.", *count,
             directory, wrong, way_out);
    return JOURNAL_DAMAGED;
  }
  if (*count > 0 && *count >= on_disk && !later_says_on_disk(image, *count)) return JOURNAL_OK;
  snprintf(problem, JOURNAL_PROBLEM_BYTES,
           "Record %" PRIu64 " (bytes %" PRIu64 " to %" PRIu64
           ") of the journal in %s was on disk once and does not "
           "check out any more. %s.",
           *count, *count * JOURNAL_RECORD_BYTES, (*count + 1) * JOURNAL_RECORD_BYTES - 1, directory,
           way_out);
  return JOURNAL_DAMAGED;
}

journal_result journal_file_read(const char *directory, journal_state *state, uint64_t *count,
                                 uint64_t *cut_bytes, char problem[JOURNAL_PROBLEM_BYTES]) {
  image image = {0};
  if (load(directory, &image) != 0) {
    const bool missing = errno == ENOENT;
    snprintf(problem, JOURNAL_PROBLEM_BYTES, "The journal in %s cannot be read: %s. %s.", directory,
             strerror(errno), way_out);
    free(image.data);
    return missing ? JOURNAL_MISSING : JOURNAL_FAILED;
  }
  journal_result result = replay(directory, &image, state, count, problem);
  const uint64_t good_bytes = *count * JOURNAL_RECORD_BYTES;
  *cut_bytes = image.length - good_bytes;
  if (result == JOURNAL_OK) result = settle(directory, &image, good_bytes, problem);
  free(image.data);
  return result;
}

// Writing anew ----------------------------------------------------------------------------------------

/// A journal that is being written.
typedef struct {
  uint8_t *end;
  uint64_t count;  ///< records so far
  uint64_t total;  ///< records when it is done
} rewriting;

static void put(rewriting *rewriting, journal_record record) {
  record.index = rewriting->count++;
  record.synced = rewriting->total;
  journal_record_write(rewriting->end, &record);
  rewriting->end += JOURNAL_RECORD_BYTES;
}

static void put_open(rewriting *rewriting, const journal_command *command) {
  put(rewriting, (journal_record){.kind = RECORD_KEPT_COMMAND,
                                  .sequence = command->sequence,
                                  .compartment = command->compartment,
                                  .time_ms = command->expire_time_ms});
  if (!command->firing) return;
  put(rewriting, (journal_record){.kind = RECORD_FIRING, .sequence = command->sequence});
}

static void put_waiting(rewriting *rewriting, const journal_entry *entry) {
  put(rewriting, (journal_record){.kind = entry->is_outcome ? RECORD_KEPT_OUTCOME : RECORD_EVENT,
                                  .number = entry->number,
                                  .compartment = entry->compartment,
                                  .sequence = entry->sequence,
                                  .time_ms = entry->time_ms,
                                  .what = entry->what,
                                  .refusal = entry->refusal,
                                  .item = entry->item});
}

uint64_t journal_file_write(const char *directory, const journal_state *state) {
  uint64_t total = 1 + state->open_count + state->waiting_count;
  for (size_t i = 0; i < state->open_count; i++) total += state->open[i].firing;
  const size_t length = total * JOURNAL_RECORD_BYTES;
  uint8_t *text = malloc(length);
  if (text == NULL) return 0;
  rewriting rewriting = {.end = text, .total = total};
  put(&rewriting, (journal_record){.kind = RECORD_BEGIN,
                                   .sequence = state->highest_sequence,
                                   .number = state->acknowledged});
  for (size_t i = 0; i < state->open_count; i++) put_open(&rewriting, &state->open[i]);
  for (size_t i = 0; i < state->waiting_count; i++) put_waiting(&rewriting, &state->waiting[i]);
  const int result = file_replace(directory, file_name, 0600, text, length);
  const int saved = errno;
  free(text);
  errno = saved;
  return result == 0 ? total : 0;
}
