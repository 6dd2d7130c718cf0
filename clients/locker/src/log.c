#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

void log_line(log_level level, const char *format, ...) {
  if (level > threshold) return;
  char text[LOG_MAXIMUM_LINE];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (char *c = text; *c != '\0'; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
  }
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  struct tm utc;
  gmtime_r(&now.tv_sec, &utc);
  char stamp[32];
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
  fprintf(stderr, "%s.%03dZ %s %s\n", stamp, (int)(now.tv_nsec / 1000000), names[level], text);
}
