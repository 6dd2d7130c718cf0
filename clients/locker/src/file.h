/// file.h — files that are whole or not there, also after a power cut.
#ifndef LOCKER_FILE_H
#define LOCKER_FILE_H

#include <stddef.h>
#include <sys/types.h>

enum { FILE_PATH_BYTES = 4096 };

/// Writes DIR/NAME into `path`. Returns 0, or -1 when it would be too long.
int file_path(char path[FILE_PATH_BYTES], const char *directory, const char *name)
    __attribute__((warn_unused_result));

/// Makes a directory with mode 0700 where there is none. Returns 0, or -1 with errno; EPERM when it is
/// there and others may write to it or read it.
int file_make_private_directory(const char *directory) __attribute__((warn_unused_result));

/// Returns 0 when nobody but the owner may do anything with the file or directory, or -1 with errno; EPERM
/// when others may.
int file_check_private(const char *path) __attribute__((warn_unused_result));

/// Flushes the names in a directory to disk. Returns 0, or -1 with errno.
int file_sync_directory(const char *directory) __attribute__((warn_unused_result));

/// Opens a new file to write, in the place of what lies at `path`: a left-over, or a link to somewhere else,
/// which is not followed. Returns the descriptor, or -1 with errno.
int file_create(const char *path, mode_t mode) __attribute__((warn_unused_result));

/// Writes all bytes. Returns 0, or -1 with errno.
int file_write_all(int fd, const void *data, size_t length) __attribute__((warn_unused_result));

/// Replaces DIR/NAME: a new file is written beside it with `mode`, flushed to disk, renamed over it, and the
/// directory flushed. A reader sees the old file or the new one. Returns 0, or -1 with errno.
int file_replace(const char *directory, const char *name, mode_t mode, const void *data, size_t length)
    __attribute__((warn_unused_result));

/// Reads DIR/NAME whole and adds a terminating zero. Returns its length, or -1 with errno; EFBIG when it does
/// not fit `capacity` with the zero.
ssize_t file_read(const char *directory, const char *name, char *text, size_t capacity)
    __attribute__((warn_unused_result));

/// Takes the lock of a state directory for the life of this process. Returns 0, or -1 with errno;
/// EWOULDBLOCK when another process holds it.
int file_lock_directory(const char *directory) __attribute__((warn_unused_result));

#endif
