/// log.h — lines on standard error: `2026-01-31T12:00:00.000Z level text`. No personal data, no token, no
/// code and no key is ever passed in here. Lines that nobody reads are dropped and counted, not waited with.
#ifndef LOCKER_LOG_H
#define LOCKER_LOG_H

#include <stdbool.h>

typedef enum { LEVEL_ERROR = 0, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG } log_level;
enum { LOG_LEVELS = 4 };

/// Finds a level by its name: error, warning, info, debug. False when it is none of them.
bool log_level_parse(const char *name, log_level *level);

/// Lines above `level` are not written. LEVEL_INFO at first.
void log_set_level(log_level level);

/// Writes one line. Control characters in the text are replaced, so that what a peer sent cannot forge lines.
void log_line(log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LEVEL_DEBUG, __VA_ARGS__)

#endif
