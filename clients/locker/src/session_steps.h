/// session_steps.h — what a session does with each answer and message; for session.c only.
#ifndef LOCKER_SESSION_STEPS_H
#define LOCKER_SESSION_STEPS_H

#include "session.h"

/// The calls of a session; also the tags of ttrpc events.
typedef enum {
  CALL_CHALLENGE,
  CALL_AUTHENTICATE,
  CALL_SETTINGS,
  CALL_COMMANDS,
  CALL_KIOSK,
  CALL_REPORT,
  CALL_WHO_AM_I
} session_call;
enum { SESSION_CALLS = 7 };

/// Sends a call. A call that cannot be queued ends the connection.
void session_start_call(session *session, session_call tag, const ProtobufCMessage *request, uint64_t now_ms);

/// Takes a success and does what follows from it. False when the message cannot be read.
bool session_take_message(session *session, const ttrpc_event *event, uint64_t now_ms);

#endif
