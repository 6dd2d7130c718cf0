#include "enroll.h"

#include <errno.h>
#include <inttypes.h>
#include <latchkey/v1/auth.pb-c.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "file.h"
#include "identity.h"
#include "journal.h"
#include "transport.h"
#include "ttrpc.h"

/// One call on one connection.
typedef struct {
  transport transport;
  ttrpc_client rpc;
  bool sent;
  ttrpc_event end;  ///< TTRPC_EVENT_NONE until the call has ended
  Latchkey__V1__EnrollResponse *answer;
} exchange;

static bool take_bytes(void *context, const uint8_t *data, size_t length) {
  exchange *exchange = context;
  if (ttrpc_receive(&exchange->rpc, data, length) != 0) return false;
  exchange->end = ttrpc_next(&exchange->rpc);
  if (exchange->end.kind == TTRPC_EVENT_NONE) return true;
  if (exchange->end.kind == TTRPC_EVENT_ANSWER) {
    exchange->answer =
        latchkey__v1__enroll_response__unpack(NULL, exchange->end.message.len, exchange->end.message.data);
  }
  return false;
}

static void wait_for(exchange *exchange, uint64_t now_ms, uint64_t until_ms) {
  const uint64_t wake_ms = clock_earlier(until_ms, exchange->transport.give_up_ms);
  struct pollfd fd = {.fd = transport_descriptor(&exchange->transport),
                      .events = transport_events(&exchange->transport, &exchange->rpc.outgoing)};
  poll(&fd, 1, wake_ms > now_ms ? (int)(wake_ms - now_ms) : 0);
}

/// Sends the request and waits for its end, or for the connection's.
static void call(exchange *exchange, const endpoint *server, SSL_CTX *trust,
                 const Latchkey__V1__EnrollRequest *request) {
  const uint64_t until_ms = clock_monotonic_ms() + ENROLL_MAXIMUM_MS;
  ttrpc_init(&exchange->rpc);
  transport_start(&exchange->transport, server, trust, clock_monotonic_ms());
  for (;;) {
    const uint64_t now_ms = clock_monotonic_ms();
    transport_advance(&exchange->transport, &exchange->rpc.outgoing, take_bytes, exchange, now_ms);
    if (exchange->transport.state == TRANSPORT_CLOSED || now_ms >= until_ms) return;
    if (exchange->transport.state == TRANSPORT_OPEN && !exchange->sent) {
      exchange->sent = true;
      if (ttrpc_start(&exchange->rpc, TTRPC_UNARY, 0, "latchkey.v1.AuthService", "Enroll", &request->base,
                      ENROLL_MAXIMUM_MS, now_ms) != 0) {
        return;
      }
    }
    wait_for(exchange, now_ms, until_ms);
  }
}

/// Says why there is no answer. Returns the exit status.
static int explain(const exchange *exchange) {
  const failure *failure = &exchange->end.failure;
  if (exchange->end.kind == TTRPC_EVENT_FAILURE) {
    const bool code = failure_is(failure, "ENROLLMENT_CODE_INVALID");
    fprintf(stderr, "The server refused: %s %s: %s%s\n", failure_code_name(failure->code), failure->reason,
            failure->message, code ? " Ask for a new code." : "");
    return code || failure_is(failure, "PUBLIC_KEY_IN_USE") ? EXIT_REFUSED : EXIT_FAILED;
  }
  const char *why = exchange->transport.problem[0] != '\0'          ? exchange->transport.problem
                    : exchange->end.kind == TTRPC_EVENT_BROKEN      ? failure->message
                    : exchange->end.kind == TTRPC_EVENT_ANSWER      ? "its answer cannot be read"
                    : exchange->transport.state == TRANSPORT_CLOSED ? "it hung up"
                                                                    : "no answer in time";
  fprintf(stderr, "The server did not enrol this controller: %s. Repeating the same command is safe.\n", why);
  return EXIT_FAILED;
}

/// Writes the identity. Returns the exit status.
static int keep(const options *options, const enrollment *enrollment,
                const Latchkey__V1__EnrollResponse *answer) {
  if (answer->kind != LATCHKEY__V1__DEVICE_KIND__DEVICE_KIND_CONTROLLER) {
    fprintf(stderr, "The code was made for another kind of device. Ask for a code for a lock controller.\n");
    return EXIT_REFUSED;
  }
  identity identity = {
      .device_id = answer->device_id, .locker_id = answer->locker_id, .location_id = answer->location_id};
  memcpy(identity.seed, enrollment->seed, sizeof identity.seed);
  lk_key_pair(identity.public_key, identity.secret_key, identity.seed);
  lk_key_id(identity.key_id, identity.public_key);
  snprintf(identity.name, sizeof identity.name, "%s", answer->name);
  for (char *c = identity.name; *c != '\0'; c++) {
    if ((unsigned char)*c < 0x20) *c = ' ';
  }
  int status = EXIT_FAILED;
  if (strcmp(identity.key_id, answer->key_id) != 0) {
    fprintf(stderr, "The server's answer does not fit this controller's key. Is it a Latchkey server?\n");
  } else if (journal_create(options->state) != 0 || identity_save(&identity, options->state) != 0) {
    // The identity comes last: where it is, there is a journal.
    fprintf(stderr, "%s cannot be written: %s. Repeating the same command is safe.\n", options->state,
            strerror(errno));
  } else {
    printf("Enrolled as device %" PRId64 " '%s', controller of locker %" PRId64 " at location %" PRId64 ".\n",
           identity.device_id, identity.name, identity.locker_id, identity.location_id);
    status = EXIT_OK;
  }
  lk_wipe(&identity, sizeof identity);
  return status;
}

/// Makes the directory ready. Returns EXIT_OK or the exit status.
static int prepare(const options *options, enrollment *enrollment) {
  identity existing;
  char problem[IDENTITY_PROBLEM_BYTES];
  if (file_make_private_directory(options->state) != 0) {
    fprintf(stderr, "%s cannot hold a key: %s. It must be a directory of mode 0700.\n", options->state,
            strerror(errno));
    return EXIT_FAILED;
  }
  if (file_lock_directory(options->state) != 0) {
    fprintf(stderr, "%s is in use by another latchkey-locker. Stop that one first.\n", options->state);
    return EXIT_FAILED;
  }
  const identity_result found = identity_load(&existing, options->state, problem);
  if (found == IDENTITY_OK) {
    fprintf(stderr, "%s already holds device %" PRId64 ". To enrol anew, give another directory.\n",
            options->state, existing.device_id);
    lk_wipe(&existing, sizeof existing);
    return EXIT_FAILED;
  }
  if (found == IDENTITY_FAILED) {
    fprintf(stderr, "%s\n", problem);
    return EXIT_FAILED;
  }
  if (enrollment_prepare(enrollment, options->state, options->code) == 0) return EXIT_OK;
  fprintf(stderr, "%s cannot be written: %s.\n", options->state, strerror(errno));
  return EXIT_FAILED;
}

/// Asks the server. Returns the exit status.
static int exchange_code(const options *options, enrollment *enrollment) {
  char problem[TRANSPORT_PROBLEM_BYTES];
  SSL_CTX *trust = NULL;
  if (options->ca_file != NULL || !endpoint_is_loopback(&options->server)) {
    trust = transport_trust(options->ca_file, problem);
    if (trust == NULL) {
      fprintf(stderr, "No connection: %s.\n", problem);
      return EXIT_FAILED;
    }
  }
  uint8_t public_key[LK_PUBLIC_KEY_BYTES], secret_key[LK_SECRET_KEY_BYTES];
  lk_key_pair(public_key, secret_key, enrollment->seed);
  lk_wipe(secret_key, sizeof secret_key);
  Latchkey__V1__EnrollRequest request = LATCHKEY__V1__ENROLL_REQUEST__INIT;
  request.request_id = enrollment->request_id;
  request.code = (char *)options->code;
  request.public_key = (ProtobufCBinaryData){.len = sizeof public_key, .data = public_key};
  exchange exchange = {0};
  call(&exchange, &options->server, trust, &request);
  const int status =
      exchange.answer != NULL ? keep(options, enrollment, exchange.answer) : explain(&exchange);
  if (exchange.answer != NULL) latchkey__v1__enroll_response__free_unpacked(exchange.answer, NULL);
  transport_close(&exchange.transport);
  ttrpc_free(&exchange.rpc);
  SSL_CTX_free(trust);
  return status;
}

int enroll(const options *options) {
  enrollment enrollment;
  int status = prepare(options, &enrollment);
  if (status == EXIT_OK) status = exchange_code(options, &enrollment);
  lk_wipe(&enrollment, sizeof enrollment);
  return status;
}
