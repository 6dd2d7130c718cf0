#include "session_steps.h"

#include "assertion.h"
#include "log.h"
#include "timestamp.h"

static void sample(session *session, const Google__Protobuf__Timestamp *time, uint64_t sent_ms,
                   uint64_t now_ms) {
  if (timestamp_is_sane(time)) server_clock_answer(session->clock, timestamp_ms(time), sent_ms, now_ms);
}

/// The answer to Challenge.
static bool prove(session *session, const ttrpc_event *event, uint64_t now_ms) {
  Latchkey__V1__ChallengeResponse *challenge =
      latchkey__v1__challenge_response__unpack(NULL, event->message.len, event->message.data);
  if (challenge == NULL) return false;
  char token[LK_TOKEN_MAXIMUM_BYTES + 1];
  bool good = timestamp_is_sane(challenge->server_time);
  sample(session, challenge->server_time, event->sent_ms, now_ms);
  good = good && assertion_sign(token, session->identity, challenge->audience, challenge->nonce.data,
                                challenge->nonce.len, challenge->server_time->seconds) == 0;
  if (good) {
    Latchkey__V1__AuthenticateRequest request = LATCHKEY__V1__AUTHENTICATE_REQUEST__INIT;
    request.credential_case = LATCHKEY__V1__AUTHENTICATE_REQUEST__CREDENTIAL_ASSERTION;
    request.assertion = token;
    session_start_call(session, CALL_AUTHENTICATE, &request.base, now_ms);
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
  session_start_call(session, CALL_SETTINGS, &request.base, now_ms);
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
  session_start_call(session, CALL_COMMANDS, &commands.base, now_ms);
  if (session->state == SESSION_READY) session_start_call(session, CALL_KIOSK, &kiosk.base, now_ms);
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
  const bool good = message->command != NULL && timestamp_is_sane(message->command->expire_time);
  if (good && timestamp_is_sane(message->command->server_time)) {
    server_clock_message(session->clock, timestamp_ms(message->command->server_time), now_ms);
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
      upper == NULL || upper->handover_expire_time == NULL || timestamp_is_sane(upper->handover_expire_time);
  if (good && message->view != NULL) session->listener.view(session->listener.context, message->view, now_ms);
  latchkey__v1__watch_kiosk_response__free_unpacked(message, NULL);
  return good;
}

bool session_take_message(session *session, const ttrpc_event *event, uint64_t now_ms) {
  switch ((session_call)event->tag) {
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
