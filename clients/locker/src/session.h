/// session.h — the controller's conversation with the server: connect, prove, load settings, watch, keep
/// alive, and all of it again after a back-off when the connection is lost (L1).
///
/// One call of each kind is in flight at most. What comes is handed to the listener, on the caller's thread.
#ifndef LOCKER_SESSION_H
#define LOCKER_SESSION_H

#include <latchkey/v1/auth.pb-c.h>
#include <latchkey/v1/kiosk.pb-c.h>
#include <latchkey/v1/locker.pb-c.h>

#include "clock.h"
#include "failure.h"
#include "identity.h"
#include "transport.h"
#include "ttrpc.h"

enum {
  SESSION_KEEP_ALIVE_MS = 20000,
  SESSION_ANSWER_MS = 15000,       ///< a call that is not answered by then ends the connection
  SESSION_STEADY_MS = 10000,  ///< ready for this long: the next loss starts the back-off from its beginning
  SESSION_MAXIMUM_REPORTS = 256  ///< in one call
};

typedef enum {
  SESSION_WAITING = 0,  ///< until `retry_at_ms`
  SESSION_CONNECTING,
  SESSION_PROVING,  ///< Challenge, Authenticate
  SESSION_LOADING,  ///< GetLockerSettings
  SESSION_READY,  ///< watching; reports are welcome
  SESSION_REFUSED  ///< for good: the device is revoked or unknown; see `refusal`
} session_state;

/// What the server says. Messages are borrowed for the time of the call.
typedef struct {
  void *context;
  /// The highest command sequence on disk.
  int64_t (*highest_sequence)(void *context);
  void (*settings)(void *context, const Latchkey__V1__GetLockerSettingsResponse *settings);
  void (*command)(void *context, const Latchkey__V1__UnlockCommand *command);
  void (*view)(void *context, const Latchkey__V1__KioskView *view, uint64_t now_ms);
  void (*acknowledged)(void *context, int64_t number);
  /// The report in flight was refused; the connection goes on.
  void (*report_refused)(void *context, const failure *failure, uint64_t now_ms);
} session_listener;

typedef struct {
  session_state state;
  const identity *identity;
  server_clock *clock;
  endpoint endpoint;
  SSL_CTX *trust;  ///< NULL: plain text to loopback
  session_listener listener;
  transport transport;
  ttrpc_client rpc;
  uint32_t attempt;  ///< losses since the last steady time
  uint64_t retry_at_ms;
  uint64_t ready_since_ms;
  uint64_t keep_alive_ms;  ///< when the next WhoAmI is due
  uint64_t longest_wait_ms;  ///< BACKOFF_MAXIMUM_MS after session_init; may be set lower
  uint64_t minimum_wait_ms;  ///< what the server asked for with RetryInfo
  failure refusal;
} session;

/// A session that connects at its first advance. All pointers outlive it; end it with session_close.
void session_init(session *session, const identity *identity, const endpoint *endpoint, SSL_CTX *trust,
                  server_clock *clock, const session_listener *listener);
void session_close(session *session);

void session_advance(session *session, uint64_t now_ms);

/// True when a report may be sent: ready, and none in flight.
bool session_takes_reports(const session *session);

/// Sends a report. The listener hears of its end, unless the connection is lost before.
void session_report(session *session, const Latchkey__V1__ReportRequest *request, uint64_t now_ms);

/// When the session wants to advance at the latest, and what to wait for meanwhile (-1: nothing).
uint64_t session_wake_up_ms(const session *session);
int session_descriptor(const session *session);
short session_events(const session *session);

#endif
