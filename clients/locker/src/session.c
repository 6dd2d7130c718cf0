#include "session.h"

#include <ccore/crypto.h>
#include <stdio.h>
#include <string.h>

#include "backoff.h"
#include "log.h"
#include "session_steps.h"

static const struct {
  const char *service;
  const char *method;
  ttrpc_kind kind;
} calls[SESSION_CALLS] = {
    [CALL_CHALLENGE] = {"latchkey.v1.AuthService", "Challenge", TTRPC_UNARY},
    [CALL_AUTHENTICATE] = {"latchkey.v1.AuthService", "Authenticate", TTRPC_UNARY},
    [CALL_SETTINGS] = {"latchkey.v1.LockerService", "GetLockerSettings", TTRPC_UNARY},
    [CALL_COMMANDS] = {"latchkey.v1.LockerService", "WatchCommands", TTRPC_SERVER_STREAM},
    [CALL_KIOSK] = {"latchkey.v1.KioskService", "WatchKiosk", TTRPC_SERVER_STREAM},
    [CALL_REPORT] = {"latchkey.v1.LockerService", "Report", TTRPC_UNARY},
    [CALL_WHO_AM_I] = {"latchkey.v1.AuthService", "WhoAmI", TTRPC_UNARY},
};

void session_init(session *session, const identity *identity, const endpoint *endpoint, SSL_CTX *trust,
                  server_clock *clock, const session_listener *listener) {
  memset(session, 0, sizeof *session);
  session->identity = identity;
  session->endpoint = *endpoint;
  session->trust = trust;
  session->clock = clock;
  session->listener = *listener;
  session->longest_wait_ms = BACKOFF_MAXIMUM_MS;
  session->transport.fd = -1;
  session->transport.resolver.fd = -1;
  ttrpc_init(&session->rpc);
}

void session_close(session *session) {
  transport_close(&session->transport);
  ttrpc_free(&session->rpc);
}

/// Ends the connection and sets the time of the next try.
static void lose(session *session, const char *why, uint64_t now_ms) {
  uint32_t random;
  const bool steady =
      session->state == SESSION_READY && now_ms >= session->ready_since_ms + SESSION_STEADY_MS;
  if (steady) session->attempt = 0;
  lk_random((uint8_t *)&random, sizeof random);
  uint64_t wait_ms = backoff_delay_ms(session->attempt, random);
  if (wait_ms > session->longest_wait_ms) wait_ms = session->longest_wait_ms;
  if (wait_ms < session->minimum_wait_ms) wait_ms = session->minimum_wait_ms;
  log_warning("server: %s; trying again in %llu ms", why, (unsigned long long)wait_ms);
  session->attempt++;
  session->minimum_wait_ms = 0;
  transport_close(&session->transport);
  ttrpc_free(&session->rpc);
  session->state = SESSION_WAITING;
  session->retry_at_ms = now_ms + wait_ms;
}

/// Ends the session for good.
static void refuse(session *session, const failure *failure) {
  transport_close(&session->transport);
  ttrpc_free(&session->rpc);
  session->refusal = *failure;
  session->state = SESSION_REFUSED;
}

void session_start_call(session *session, session_call tag, const ProtobufCMessage *request,
                        uint64_t now_ms) {
  const uint64_t timeout_ms = calls[tag].kind == TTRPC_UNARY ? SESSION_ANSWER_MS : 0;
  if (ttrpc_start(&session->rpc, calls[tag].kind, tag, calls[tag].service, calls[tag].method, request,
                  timeout_ms, now_ms) != 0) {
    lose(session, "a call could not be queued", now_ms);
  }
}

static void start_proving(session *session, uint64_t now_ms) {
  const Latchkey__V1__ChallengeRequest request = LATCHKEY__V1__CHALLENGE_REQUEST__INIT;
  session->state = SESSION_PROVING;
  session_start_call(session, CALL_CHALLENGE, &request.base, now_ms);
}

// Events ----------------------------------------------------------------------------------------------

/// True for refusals that no repeat can change: the key is revoked or unknown, or it is no controller's.
static bool is_final(const failure *failure) {
  return failure_is(failure, "DEVICE_REVOKED") || failure_is(failure, "CREDENTIAL_REFUSED") ||
         failure_is(failure, "CALLER_NOT_ADMITTED");
}

static void take_failure(session *session, const ttrpc_event *event, uint64_t now_ms) {
  const failure *failure = &event->failure;
  char why[FAILURE_MESSAGE_BYTES + FAILURE_REASON_BYTES + 128];
  snprintf(why, sizeof why, "%s was refused: %s %s: %s", calls[event->tag].method,
           failure_code_name(failure->code), failure->reason, failure->message);
  if (is_final(failure)) {
    log_error("server: %s", why);
    refuse(session, failure);
  } else if (event->tag == CALL_REPORT && failure->code != CODE_UNAUTHENTICATED) {
    log_warning("server: %s", why);
    session->listener.report_refused(session->listener.context, failure, now_ms);
  } else {
    session->minimum_wait_ms = failure->retry_ms;
    lose(session, why, now_ms);
  }
}

static void take_event(session *session, const ttrpc_event *event, uint64_t now_ms) {
  char why[FAILURE_MESSAGE_BYTES + 64];
  switch (event->kind) {
    case TTRPC_EVENT_NONE: return;
    case TTRPC_EVENT_ANSWER:
    case TTRPC_EVENT_MESSAGE:
      if (session_take_message(session, event, now_ms)) return;
      snprintf(why, sizeof why, "an answer to %s that cannot be read", calls[event->tag].method);
      lose(session, why, now_ms);
      return;
    case TTRPC_EVENT_END:
      snprintf(why, sizeof why, "%s was ended by the server", calls[event->tag].method);
      lose(session, why, now_ms);
      return;
    case TTRPC_EVENT_FAILURE: take_failure(session, event, now_ms); return;
    case TTRPC_EVENT_BROKEN: lose(session, event->failure.message, now_ms); return;
  }
}

static bool is_connected(const session *session) {
  return session->state == SESSION_CONNECTING || session->state == SESSION_PROVING ||
         session->state == SESSION_LOADING || session->state == SESSION_READY;
}

/// What the transport hands on: bytes and the moment.
typedef struct {
  session *session;
  uint64_t now_ms;
} arrival;

static bool take_bytes(void *context, const uint8_t *data, size_t length) {
  const arrival *arrival = context;
  session *session = arrival->session;
  if (ttrpc_receive(&session->rpc, data, length) != 0) {
    lose(session, "more bytes than can be kept", arrival->now_ms);
    return false;
  }
  for (;;) {
    const ttrpc_event event = ttrpc_next(&session->rpc);
    if (event.kind == TTRPC_EVENT_NONE) return true;
    take_event(session, &event, arrival->now_ms);
    if (!is_connected(session)) return false;
  }
}

void session_advance(session *session, uint64_t now_ms) {
  if (session->state == SESSION_WAITING && now_ms >= session->retry_at_ms) {
    ttrpc_init(&session->rpc);
    session->state = SESSION_CONNECTING;
    transport_start(&session->transport, &session->endpoint, session->trust, now_ms);
  }
  if (!is_connected(session)) return;
  arrival arrival = {.session = session, .now_ms = now_ms};
  transport_advance(&session->transport, &session->rpc.outgoing, take_bytes, &arrival, now_ms);
  if (!is_connected(session)) return;
  if (session->transport.state == TRANSPORT_CLOSED) {
    lose(session, session->transport.problem[0] != '\0' ? session->transport.problem : "the server hung up",
         now_ms);
    return;
  }
  if (now_ms >= ttrpc_answer_by_ms(&session->rpc)) {
    lose(session, "no answer in time", now_ms);
    return;
  }
  if (session->state == SESSION_CONNECTING && session->transport.state == TRANSPORT_OPEN) {
    start_proving(session, now_ms);
  }
  if (session->state == SESSION_READY && now_ms >= session->keep_alive_ms) {
    const Latchkey__V1__WhoAmIRequest request = LATCHKEY__V1__WHO_AM_IREQUEST__INIT;
    session->keep_alive_ms = now_ms + SESSION_KEEP_ALIVE_MS;
    session_start_call(session, CALL_WHO_AM_I, &request.base, now_ms);
  }
}

bool session_takes_reports(const session *session) {
  return session->state == SESSION_READY && !ttrpc_in_flight(&session->rpc, CALL_REPORT);
}

void session_report(session *session, const Latchkey__V1__ReportRequest *request, uint64_t now_ms) {
  session_start_call(session, CALL_REPORT, &request->base, now_ms);
}

uint64_t session_wake_up_ms(const session *session) {
  if (session->state == SESSION_REFUSED) return CLOCK_NEVER;
  if (session->state == SESSION_WAITING) return session->retry_at_ms;
  uint64_t next_ms = clock_earlier(session->transport.give_up_ms, ttrpc_answer_by_ms(&session->rpc));
  if (session->state == SESSION_READY) next_ms = clock_earlier(next_ms, session->keep_alive_ms);
  return next_ms;
}

int session_descriptor(const session *session) {
  return is_connected(session) ? transport_descriptor(&session->transport) : -1;
}

short session_events(const session *session) {
  return transport_events(&session->transport, &session->rpc.outgoing);
}
