#include "session.h"

#include <ccore/crypto.h>
#include <stdio.h>
#include <string.h>

#include "assertion.h"
#include "backoff.h"
#include "log.h"

typedef enum {
  CALL_CHALLENGE,
  CALL_AUTHENTICATE,
  CALL_SETTINGS,
  CALL_COMMANDS,
  CALL_KIOSK,
  CALL_REPORT,
  CALL_WHO_AM_I
} call_tag;
enum { CALLS = 7 };

static const struct {
  const char *service;
  const char *method;
  ttrpc_kind kind;
} calls[CALLS] = {
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

static void call(session *session, call_tag tag, const ProtobufCMessage *request, uint64_t now_ms) {
  const uint64_t timeout_ms = calls[tag].kind == TTRPC_UNARY ? SESSION_ANSWER_MS : 0;
  if (ttrpc_start(&session->rpc, calls[tag].kind, tag, calls[tag].service, calls[tag].method, request,
                  timeout_ms, now_ms) != 0) {
    lose(session, "a call could not be queued", now_ms);
  }
}

// Steps -----------------------------------------------------------------------------------------------

static int64_t milliseconds(const Google__Protobuf__Timestamp *time) {
  return time->seconds * 1000 + time->nanos / 1000000;
}

/// A timestamp within the years 1970 to 9999; others would not survive arithmetic.
static bool is_sane(const Google__Protobuf__Timestamp *time) {
  return time != NULL && time->seconds >= 0 && time->seconds < 253402300800 && time->nanos >= 0 &&
         time->nanos < 1000000000;
}

static void sample(session *session, const Google__Protobuf__Timestamp *time, uint64_t sent_ms,
                   uint64_t now_ms) {
  if (is_sane(time)) server_clock_answer(session->clock, milliseconds(time), sent_ms, now_ms);
}

static void start_proving(session *session, uint64_t now_ms) {
  const Latchkey__V1__ChallengeRequest request = LATCHKEY__V1__CHALLENGE_REQUEST__INIT;
  session->state = SESSION_PROVING;
  call(session, CALL_CHALLENGE, &request.base, now_ms);
}

/// The answer to Challenge.
static bool prove(session *session, const ttrpc_event *event, uint64_t now_ms) {
  Latchkey__V1__ChallengeResponse *challenge =
      latchkey__v1__challenge_response__unpack(NULL, event->message.len, event->message.data);
  if (challenge == NULL) return false;
  char token[LK_TOKEN_MAXIMUM_BYTES + 1];
  bool good = is_sane(challenge->server_time);
  sample(session, challenge->server_time, event->sent_ms, now_ms);
  good = good && assertion_sign(token, session->identity, challenge->audience, challenge->nonce.data,
                                challenge->nonce.len, challenge->server_time->seconds) == 0;
  if (good) {
    Latchkey__V1__AuthenticateRequest request = LATCHKEY__V1__AUTHENTICATE_REQUEST__INIT;
    request.credential_case = LATCHKEY__V1__AUTHENTICATE_REQUEST__CREDENTIAL_ASSERTION;
    request.assertion = token;
    call(session, CALL_AUTHENTICATE, &request.base, now_ms);
  }
  latchkey__v1__challenge_response__free_unpacked(challenge, NULL);
  return good;
}

/// The answer to Authenticate.
static bool load_settings(session *session, const ttrpc_event *event, uint64_t now_ms) {
  Latchkey__V1__AuthenticateResponse *answer =
      latchkey__v1__authenticate_response__unpack(NULL, event->message.len, event->message.data);
  if (answer == NULL) return false;
  const Latchkey__V1__GetLockerSettingsRequest request = LATCHKEY__V1__GET_LOCKER_SETTINGS_REQUEST__INIT;
  sample(session, answer->server_time, event->sent_ms, now_ms);
  session->state = SESSION_LOADING;
  call(session, CALL_SETTINGS, &request.base, now_ms);
  latchkey__v1__authenticate_response__free_unpacked(answer, NULL);
  return true;
}

/// The answer to GetLockerSettings: watching begins.
static bool start_watching(session *session, const ttrpc_event *event, uint64_t now_ms) {
  Latchkey__V1__GetLockerSettingsResponse *settings =
      latchkey__v1__get_locker_settings_response__unpack(NULL, event->message.len, event->message.data);
  if (settings == NULL) return false;
  session->listener.settings(session->listener.context, settings);
  latchkey__v1__get_locker_settings_response__free_unpacked(settings, NULL);
  Latchkey__V1__WatchCommandsRequest commands = LATCHKEY__V1__WATCH_COMMANDS_REQUEST__INIT;
  commands.after_sequence = session->listener.highest_sequence(session->listener.context);
  const Latchkey__V1__WatchKioskRequest kiosk = LATCHKEY__V1__WATCH_KIOSK_REQUEST__INIT;
  session->state = SESSION_READY;
  session->ready_since_ms = now_ms;
  session->keep_alive_ms = now_ms + SESSION_KEEP_ALIVE_MS;
  call(session, CALL_COMMANDS, &commands.base, now_ms);
  if (session->state == SESSION_READY) call(session, CALL_KIOSK, &kiosk.base, now_ms);
  log_info("server: connected and watching for commands after %lld", (long long)commands.after_sequence);
  return true;
}

static bool take_keep_alive(session *session, const ttrpc_event *event, uint64_t now_ms) {
  Latchkey__V1__WhoAmIResponse *answer =
      latchkey__v1__who_am_iresponse__unpack(NULL, event->message.len, event->message.data);
  if (answer == NULL) return false;
  sample(session, answer->server_time, event->sent_ms, now_ms);
  latchkey__v1__who_am_iresponse__free_unpacked(answer, NULL);
  return true;
}

static bool take_report_answer(session *session, const ttrpc_event *event) {
  Latchkey__V1__ReportResponse *answer =
      latchkey__v1__report_response__unpack(NULL, event->message.len, event->message.data);
  if (answer == NULL) return false;
  session->listener.acknowledged(session->listener.context, answer->acknowledged_number);
  latchkey__v1__report_response__free_unpacked(answer, NULL);
  return true;
}

static bool take_command(session *session, const ttrpc_event *event, uint64_t now_ms) {
  Latchkey__V1__WatchCommandsResponse *message =
      latchkey__v1__watch_commands_response__unpack(NULL, event->message.len, event->message.data);
  if (message == NULL) return false;
  const bool good = message->command != NULL && is_sane(message->command->expire_time);
  if (good && is_sane(message->command->server_time)) {
    server_clock_message(session->clock, milliseconds(message->command->server_time), now_ms);
  }
  if (good) session->listener.command(session->listener.context, message->command);
  latchkey__v1__watch_commands_response__free_unpacked(message, NULL);
  return good;
}

static bool take_view(session *session, const ttrpc_event *event, uint64_t now_ms) {
  Latchkey__V1__WatchKioskResponse *message =
      latchkey__v1__watch_kiosk_response__unpack(NULL, event->message.len, event->message.data);
  if (message == NULL) return false;
  const Latchkey__V1__UpperScreen *upper = message->view != NULL ? message->view->upper : NULL;
  const bool good =
      upper == NULL || upper->handover_expire_time == NULL || is_sane(upper->handover_expire_time);
  if (good && message->view != NULL) session->listener.view(session->listener.context, message->view, now_ms);
  latchkey__v1__watch_kiosk_response__free_unpacked(message, NULL);
  return good;
}

// Events ----------------------------------------------------------------------------------------------

/// A success. False when the message cannot be read.
static bool take_message(session *session, const ttrpc_event *event, uint64_t now_ms) {
  switch ((call_tag)event->tag) {
    case CALL_CHALLENGE: return prove(session, event, now_ms);
    case CALL_AUTHENTICATE: return load_settings(session, event, now_ms);
    case CALL_SETTINGS: return start_watching(session, event, now_ms);
    case CALL_COMMANDS: return take_command(session, event, now_ms);
    case CALL_KIOSK: return take_view(session, event, now_ms);
    case CALL_REPORT: return take_report_answer(session, event);
    case CALL_WHO_AM_I: return take_keep_alive(session, event, now_ms);
  }
  return false;
}

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
      if (take_message(session, event, now_ms)) return;
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
    call(session, CALL_WHO_AM_I, &request.base, now_ms);
  }
}

bool session_takes_reports(const session *session) {
  return session->state == SESSION_READY && !ttrpc_in_flight(&session->rpc, CALL_REPORT);
}

void session_report(session *session, const Latchkey__V1__ReportRequest *request, uint64_t now_ms) {
  call(session, CALL_REPORT, &request->base, now_ms);
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
