#include "opening_log.h"

#include <time.h>

FILE *opening_log_open(const char *path) { return fopen(path, "ae"); }

void opening_log_add(FILE *log, unsigned number, opening_cause cause) {
  struct timespec now;
  struct tm utc;
  char stamp[32];
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
  fprintf(log, "%s.%03dZ door %u %s\n", stamp, (int)(now.tv_nsec / 1000000), number,
          cause == OPENED_BY_UNLOCK ? "unlock" : "forced");
  fflush(log);
}
