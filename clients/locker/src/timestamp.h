/// timestamp.h — google.protobuf.Timestamp as milliseconds. Pure.
#ifndef LOCKER_TIMESTAMP_H
#define LOCKER_TIMESTAMP_H

#include <google/protobuf/timestamp.pb-c.h>
#include <stdbool.h>

/// True for a moment within the years 1970 to 9999; others would not survive arithmetic. False for NULL.
bool timestamp_is_sane(const Google__Protobuf__Timestamp *time);

/// Unix milliseconds, rounded down. Only where it is sane.
int64_t timestamp_ms(const Google__Protobuf__Timestamp *time);

#endif
