#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int file_path(char path[FILE_PATH_BYTES], const char *directory, const char *name) {
  const int length = snprintf(path, FILE_PATH_BYTES, "%s/%s", directory, name);
  if (length > 0 && length < FILE_PATH_BYTES) return 0;
  errno = ENAMETOOLONG;
  return -1;
}

int file_check_private(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) return -1;
  if ((status.st_mode & 077) == 0) return 0;
  errno = EPERM;
  return -1;
}

int file_make_private_directory(const char *directory) {
  if (mkdir(directory, 0700) == 0) return 0;
  if (errno != EEXIST) return -1;
  struct stat status;
  if (stat(directory, &status) != 0) return -1;
  if (!S_ISDIR(status.st_mode)) {
    errno = ENOTDIR;
    return -1;
  }
  return file_check_private(directory);
}

/// Closes without losing the errno of what failed before.
static int close_failed(int fd) {
  const int saved = errno;
  close(fd);
  errno = saved;
  return -1;
}

int file_sync_directory(const char *directory) {
  const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -1;
  if (fsync(fd) != 0) return close_failed(fd);
  return close(fd);
}

int file_write_all(int fd, const void *data, size_t length) {
  const char *next = data;
  while (length > 0) {
    const ssize_t written = write(fd, next, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -1;
    next += written;
    length -= (size_t)written;
  }
  return 0;
}

int file_create(const char *path, mode_t mode) {
  if (unlink(path) != 0 && errno != ENOENT) return -1;
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
}

static int write_and_sync(const char *path, mode_t mode, const void *data, size_t length) {
  const int fd = file_create(path, mode);
  if (fd < 0) return -1;
  if (file_write_all(fd, data, length) != 0 || fsync(fd) != 0) return close_failed(fd);
  return close(fd);
}

int file_replace(const char *directory, const char *name, mode_t mode, const void *data, size_t length) {
  char path[FILE_PATH_BYTES], beside[FILE_PATH_BYTES], beside_name[256];
  if (snprintf(beside_name, sizeof beside_name, ".%s.new", name) >= (int)sizeof beside_name) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (file_path(path, directory, name) != 0 || file_path(beside, directory, beside_name) != 0) return -1;
  if (write_and_sync(beside, mode, data, length) != 0 || rename(beside, path) != 0) {
    const int saved = errno;
    unlink(beside);
    errno = saved;
    return -1;
  }
  return file_sync_directory(directory);
}

ssize_t file_read(const char *directory, const char *name, char *text, size_t capacity) {
  char path[FILE_PATH_BYTES];
  if (file_path(path, directory, name) != 0) return -1;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  size_t length = 0;
  for (;;) {
    const ssize_t count = read(fd, text + length, capacity - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return close_failed(fd);
    if (count == 0) break;
    length += (size_t)count;
    if (length == capacity) {
      errno = EFBIG;
      return close_failed(fd);
    }
  }
  close(fd);
  text[length] = '\0';
  return (ssize_t)length;
}

int file_lock_directory(const char *directory) {
  char path[FILE_PATH_BYTES];
  if (file_path(path, directory, "lock") != 0) return -1;
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) return close_failed(fd);
  return 0;  // held until the process ends
}
