#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "output.h"

/// A longer line is cut.
enum { LOG_MAXIMUM_LINE = 1024 };

static const char *const names[LOG_LEVELS] = {"error", "warning", "info", "debug"};
static log_level threshold = LEVEL_INFO;

bool log_level_parse(const char *name, log_level *level) {
  for (int i = 0; i < LOG_LEVELS; i++) {
    if (strcmp(name, names[i]) == 0) {
      *level = (log_level)i;
      return true;
    }
  }
  return false;
}

void log_set_level(log_level level) { threshold = level; }

/// Writes a line with its time in front.
static bool write_line(log_level level, const char *text) {
  struct timespec now;
  struct tm utc;
  char stamp[32], line[LOG_MAXIMUM_LINE + 64];
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
  const int length = snprintf(line, sizeof line, "%s.%03dZ %s %s\n", stamp, (int)(now.tv_nsec / 1000000),
                              names[level], text);
  return output_write(STDERR_FILENO, line, (size_t)length);
}

void log_line(log_level level, const char *format, ...) {
  static unsigned dropped;
  if (level > threshold) return;
  char text[LOG_MAXIMUM_LINE], note[64];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (char *c = text; *c != '\0'; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
  }
  // What was cut off half-way ends here.
  snprintf(note, sizeof note, "%u lines were dropped: nobody read them", dropped);
  if (dropped > 0 && output_write(STDERR_FILENO, "\n", 1) && write_line(LEVEL_WARNING, note)) dropped = 0;
  if (dropped > 0 || !write_line(level, text)) dropped++;
}
