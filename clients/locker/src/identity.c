#include "identity.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

enum { FILE_BYTES = 2048 };
static const char identity_name[] = "identity";
static const char enrollment_name[] = "enrollment";

// Lines -----------------------------------------------------------------------------------------------

/// Finds `KEY value` and copies the value. False when there is no such line or it does not fit.
static bool find(const char *text, const char *key, char *value, size_t capacity) {
  const size_t key_length = strlen(key);
  for (const char *line = text; line != NULL && *line != '\0';) {
    const char *end = strchr(line, '\n');
    if (end == NULL) return false;  // the last line is whole or the file is not
    if (strncmp(line, key, key_length) == 0 && line[key_length] == ' ') {
      const size_t length = (size_t)(end - line) - key_length - 1;
      if (length >= capacity) return false;
      memcpy(value, line + key_length + 1, length);
      value[length] = '\0';
      return true;
    }
    line = end + 1;
  }
  return false;
}

static bool find_number(const char *text, const char *key, int64_t *number) {
  char value[24], *end;
  if (!find(text, key, value, sizeof value)) return false;
  errno = 0;
  *number = strtoll(value, &end, 10);
  return errno == 0 && end != value && *end == '\0' && *number >= 0;
}

static bool find_hex(const char *text, const char *key, uint8_t *bytes, size_t length) {
  char value[2 * 64 + 1];
  size_t decoded = 0;
  const bool found = find(text, key, value, sizeof value) && strlen(value) == 2 * length &&
                     sodium_hex2bin(bytes, length, value, 2 * length, NULL, &decoded, NULL) == 0;
  lk_wipe(value, sizeof value);  // it may be a seed
  return found && decoded == length;
}

static void hex(char text[2 * 64 + 1], const uint8_t *bytes, size_t length) {
  sodium_bin2hex(text, 2 * 64 + 1, bytes, length);
}

// Identity --------------------------------------------------------------------------------------------

static bool parse(identity *identity, const char *text) {
  char key_id[LK_KEY_ID_BYTES];
  if (!find_number(text, "device_id", &identity->device_id) ||
      !find_number(text, "locker_id", &identity->locker_id) ||
      !find_number(text, "location_id", &identity->location_id) ||
      !find(text, "name", identity->name, sizeof identity->name) ||
      !find(text, "key_id", key_id, sizeof key_id) ||
      !find_hex(text, "seed", identity->seed, sizeof identity->seed)) {
    return false;
  }
  lk_key_pair(identity->public_key, identity->secret_key, identity->seed);
  lk_key_id(identity->key_id, identity->public_key);
  return strcmp(identity->key_id, key_id) == 0;
}

/// True when others than the owner may use a file that the key depends on; `problem` then says so.
static bool is_open_to_others(const char *path, const char *mode, char problem[IDENTITY_PROBLEM_BYTES]) {
  if (file_check_private(path) == 0 || errno != EPERM) return false;
  snprintf(problem, IDENTITY_PROBLEM_BYTES,
           "%s is open to other users, and with it this controller's key: `chmod %s` it. If anybody may have "
           "read the key, revoke the device and enrol anew.",
           path, mode);
  return true;
}

identity_result identity_load(identity *identity, const char *directory,
                              char problem[IDENTITY_PROBLEM_BYTES]) {
  char text[FILE_BYTES], path[FILE_PATH_BYTES];
  memset(identity, 0, sizeof *identity);
  if (file_path(path, directory, identity_name) != 0) path[0] = '\0';  // file_read says why
  if (is_open_to_others(directory, "700", problem) || is_open_to_others(path, "600", problem)) {
    return IDENTITY_FAILED;
  }
  if (file_read(directory, identity_name, text, sizeof text) < 0) {
    if (errno == ENOENT) {
      snprintf(problem, IDENTITY_PROBLEM_BYTES,
               "%s holds no identity: this controller is not enrolled. Ask for a code and run "
               "`latchkey-locker enroll` first.",
               directory);
      return IDENTITY_NONE;
    }
    snprintf(problem, IDENTITY_PROBLEM_BYTES, "%s/%s cannot be read: %s.", directory, identity_name,
             strerror(errno));
    return IDENTITY_FAILED;
  }
  const bool good = parse(identity, text);
  lk_wipe(text, sizeof text);
  if (good) return IDENTITY_OK;
  lk_wipe(identity, sizeof *identity);
  snprintf(problem, IDENTITY_PROBLEM_BYTES,
           "%s/%s is damaged. Put back a copy, or enrol anew with a new code into a new directory.",
           directory, identity_name);
  return IDENTITY_FAILED;
}

int identity_save(const identity *identity, const char *directory) {
  char text[FILE_BYTES], seed[2 * 64 + 1], path[FILE_PATH_BYTES];
  hex(seed, identity->seed, sizeof identity->seed);
  const int length = snprintf(text, sizeof text,
                              "device_id %" PRId64 "\nlocker_id %" PRId64 "\nlocation_id %" PRId64
                              "\nname %s\nkey_id %s\nseed %s\n",
                              identity->device_id, identity->locker_id, identity->location_id, identity->name,
                              identity->key_id, seed);
  const int result = file_replace(directory, identity_name, 0600, text, (size_t)length);
  lk_wipe(text, sizeof text);
  lk_wipe(seed, sizeof seed);
  if (result != 0 || file_path(path, directory, enrollment_name) != 0) return -1;
  return unlink(path) == 0 || errno == ENOENT ? 0 : -1;
}

// Enrolment -------------------------------------------------------------------------------------------

static int enrollment_write(const enrollment *enrollment, const char *directory) {
  char text[FILE_BYTES], seed[2 * 64 + 1], digest[2 * 64 + 1];
  hex(seed, enrollment->seed, sizeof enrollment->seed);
  hex(digest, enrollment->code_digest, sizeof enrollment->code_digest);
  const int length = snprintf(text, sizeof text, "request_id %s\ncode_digest %s\nseed %s\n",
                              enrollment->request_id, digest, seed);
  const int result = file_replace(directory, enrollment_name, 0600, text, (size_t)length);
  lk_wipe(text, sizeof text);
  lk_wipe(seed, sizeof seed);
  return result;
}

int enrollment_prepare(enrollment *enrollment, const char *directory, const char *code) {
  char text[FILE_BYTES];
  uint8_t digest[LK_DIGEST_BYTES];
  lk_digest(digest, (const uint8_t *)code, strlen(code), NULL);
  const ssize_t length = file_read(directory, enrollment_name, text, sizeof text);
  if (length < 0 && errno != ENOENT) return -1;
  const bool again = length > 0 && find_hex(text, "seed", enrollment->seed, sizeof enrollment->seed) &&
                     find_hex(text, "code_digest", enrollment->code_digest, sizeof enrollment->code_digest) &&
                     find(text, "request_id", enrollment->request_id, sizeof enrollment->request_id) &&
                     memcmp(enrollment->code_digest, digest, sizeof digest) == 0;
  lk_wipe(text, sizeof text);
  if (again) return 0;
  uint8_t random[(IDENTITY_REQUEST_ID_BYTES - 1) / 2];
  char request_id[2 * 64 + 1];
  lk_random(random, sizeof random);
  hex(request_id, random, sizeof random);
  memcpy(enrollment->request_id, request_id, sizeof enrollment->request_id);
  memcpy(enrollment->code_digest, digest, sizeof digest);
  lk_random(enrollment->seed, sizeof enrollment->seed);
  return enrollment_write(enrollment, directory);
}
