#include "timestamp.h"

#include "check.h"

static Google__Protobuf__Timestamp at(int64_t seconds, int32_t nanos) {
  Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
  time.seconds = seconds;
  time.nanos = nanos;
  return time;
}

static bool is_sane(int64_t seconds, int32_t nanos) {
  const Google__Protobuf__Timestamp time = at(seconds, nanos);
  return timestamp_is_sane(&time);
}

int main(void) {
  CASE("moments from 1970 to 9999 are taken, others and none are not");
  CHECK(is_sane(0, 0) && is_sane(253402300799, 999999999));
  CHECK(!is_sane(-1, 0) && !is_sane(253402300800, 0) && !is_sane(0, -1) && !is_sane(0, 1000000000));
  CHECK(!is_sane(INT64_MIN, INT32_MIN) && !is_sane(INT64_MAX, INT32_MAX) && !timestamp_is_sane(NULL));

  CASE("milliseconds are rounded down");
  const Google__Protobuf__Timestamp time = at(12, 345999999);
  CHECK_NUMBER(timestamp_ms(&time), 12345);
  return check_report();
}
