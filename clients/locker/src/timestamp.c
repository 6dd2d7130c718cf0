#include "timestamp.h"

#include <assert.h>

static const int64_t year_10000_seconds = 253402300800;

bool timestamp_is_sane(const Google__Protobuf__Timestamp *time) {
  return time != NULL && time->seconds >= 0 && time->seconds < year_10000_seconds && time->nanos >= 0 &&
         time->nanos < 1000000000;
}

int64_t timestamp_ms(const Google__Protobuf__Timestamp *time) {
  assert(timestamp_is_sane(time));
  return time->seconds * 1000 + time->nanos / 1000000;
}
