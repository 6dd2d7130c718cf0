#include "failure.h"

#include <errno.h>
#include <google/rpc/error_details.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// `type.googleapis.com/google.rpc.X` names type X whatever stands before the slash.
static bool is_type(const Google__Protobuf__Any *detail, const char *type) {
  const char *slash = strrchr(detail->type_url, '/');
  return strcmp(slash != NULL ? slash + 1 : detail->type_url, type) == 0;
}

static void read_number(failure *failure, const char *text) {
  char *end;
  errno = 0;
  const long long number = strtoll(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || number < 0) return;
  failure->has_acknowledged_number = true;
  failure->acknowledged_number = number;
}

static void read_error_info(failure *failure, const ProtobufCBinaryData *value) {
  Google__Rpc__ErrorInfo *info = google__rpc__error_info__unpack(NULL, value->len, value->data);
  if (info == NULL) return;
  snprintf(failure->reason, sizeof failure->reason, "%s", info->reason);
  for (size_t i = 0; i < info->n_metadata; i++) {
    if (strcmp(info->metadata[i]->key, "acknowledged_number") == 0)
      read_number(failure, info->metadata[i]->value);
  }
  google__rpc__error_info__free_unpacked(info, NULL);
}

static void read_retry_info(failure *failure, const ProtobufCBinaryData *value) {
  Google__Rpc__RetryInfo *info = google__rpc__retry_info__unpack(NULL, value->len, value->data);
  if (info == NULL) return;
  if (info->retry_delay != NULL && info->retry_delay->seconds >= 0 && info->retry_delay->nanos >= 0) {
    const int64_t seconds = info->retry_delay->seconds;
    failure->retry_ms = seconds >= FAILURE_MAXIMUM_RETRY_MS / 1000
                            ? FAILURE_MAXIMUM_RETRY_MS
                            : (uint64_t)seconds * 1000 + (uint64_t)info->retry_delay->nanos / 1000000;
  }
  google__rpc__retry_info__free_unpacked(info, NULL);
}

void failure_read(failure *failure, const Google__Rpc__Status *status) {
  memset(failure, 0, sizeof *failure);
  failure->code = status->code;
  snprintf(failure->message, sizeof failure->message, "%s", status->message);
  for (size_t i = 0; i < status->n_details; i++) {
    const Google__Protobuf__Any *detail = status->details[i];
    if (is_type(detail, "google.rpc.ErrorInfo")) read_error_info(failure, &detail->value);
    if (is_type(detail, "google.rpc.RetryInfo")) read_retry_info(failure, &detail->value);
  }
}

const char *failure_code_name(int32_t code) {
  static const char *const names[] = {
      "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED",
  };
  const int32_t count = (int32_t)(sizeof names / sizeof names[0]);
  return names[code >= 0 && code < count ? code : CODE_UNKNOWN];
}

bool failure_is(const failure *failure, const char *reason) { return strcmp(failure->reason, reason) == 0; }
