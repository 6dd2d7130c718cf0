/// failure.h — why a call failed: google.rpc.Status with its ErrorInfo and RetryInfo, taken apart (A5).
#ifndef LOCKER_FAILURE_H
#define LOCKER_FAILURE_H

#include <google/rpc/status.pb-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  FAILURE_REASON_BYTES = 64,
  FAILURE_MESSAGE_BYTES = 256,
  FAILURE_MAXIMUM_RETRY_MS = 3600 * 1000  ///< a longer wait asked for by a server is cut to this
};

/// The codes of google.rpc.Code that this program tells apart.
enum { CODE_OK = 0, CODE_UNKNOWN = 2, CODE_UNAUTHENTICATED = 16 };

typedef struct {
  int32_t code;
  char reason[FAILURE_REASON_BYTES];    ///< UPPER_SNAKE; empty where the server gave none
  char message[FAILURE_MESSAGE_BYTES];  ///< for people; cut where it is longer
  bool has_acknowledged_number;         ///< REPORT_OUT_OF_ORDER names one
  int64_t acknowledged_number;
  uint64_t retry_ms;                    ///< no try before this long; 0 where none is asked
} failure;

/// Takes a status apart; a detail that cannot be read counts as absent. Pure.
void failure_read(failure *failure, const Google__Rpc__Status *status);

/// `PERMISSION_DENIED` and so on; a number that is no code reads `UNKNOWN`.
const char *failure_code_name(int32_t code);

/// True when the failure carries this reason.
bool failure_is(const failure *failure, const char *reason);

#endif
