#include "peer.h"

#include <ccore.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "dial.h"

enum { READ_BYTES = 64 << 10, ASSERTION_SECONDS = 60 };

server server_at(uint16_t port, const char *certificate) {
  server server = {.port = port};
  if (lk_crypto_start()) fail("no source of randomness");
  if (certificate) server.tls = tls_trusting(certificate, NULL);
  return server;
}

/// Signs the claims of a device over the server's challenge, as `AuthService/Authenticate` wants them.
static void sign_assertion(buffer *token, const device *device, span challenge) {
  field nonce = {0}, audience = {0}, time = {0}, seconds = {0};
  find_field(challenge, 1, &nonce);
  find_field(challenge, 2, &audience);
  find_field(challenge, 3, &time);
  find_field(time.bytes, 1, &seconds);
  int64_t issued = (int64_t)seconds.integer;
  char claims[512];
  int length = snprintf(claims, sizeof claims, "{\"aud\":\"%.*s\",\"dev\":%lld,\"exp\":%lld,\"iat\":%lld}",
                        (int)audience.bytes.length, (const char *)audience.bytes.bytes,
                        (long long)device->id, (long long)(issued + ASSERTION_SECONDS), (long long)issued);
  uint8_t public_key[LK_PUBLIC_KEY_BYTES], secret_key[LK_SECRET_KEY_BYTES];
  char id[LK_KEY_ID_BYTES];
  lk_key_pair(public_key, secret_key, device->seed);
  lk_key_id(id, public_key);
  size_t size = LK_TOKEN_MAXIMUM_BYTES + 1;
  char *room = (char *)buffer_reserve(token, size);
  if (lk_token_sign(room, &size, (lk_bytes){(const uint8_t *)claims, (size_t)length},
                    (lk_bytes){(const uint8_t *)id, strlen(id)},
                    (lk_bytes){nonce.bytes.bytes, nonce.bytes.length}, secret_key)) {
    fail("a device's claims cannot be signed");
  }
  token->length += size;
}

void peer_connect(peer *peer, server *server, const device *device) {
  *peer = (struct peer){.descriptor = dial(server->connected++, server->port), .next_stream = 1};
  if (server->tls) peer->tls = tls_shake_hands(server->tls, peer->descriptor);
  buffer token = {0}, request = {0};
  sign_assertion(&token, device, peer_call(peer, "latchkey.v1.AuthService", "Challenge", (span){0}));
  put_bytes(&request, 1, token.bytes, token.length);
  peer_call(peer, "latchkey.v1.AuthService", "Authenticate", (span){request.bytes, request.length});
  free(token.bytes);
  free(request.bytes);
}

uint32_t peer_request(peer *peer, bool is_stream, const char *service, const char *method, span payload) {
  uint32_t stream = peer->next_stream;
  peer->next_stream += 2;
  put_request(&peer->out, stream, is_stream, service, method, payload);
  return stream;
}

void peer_flush(peer *peer) {
  size_t done = 0;
  while (done < peer->out.length) {
    size_t left = peer->out.length - done;
    ssize_t count = peer->tls ? SSL_write(peer->tls, peer->out.bytes + done, (int)left)
                              : write(peer->descriptor, peer->out.bytes + done, left);
    if (count <= 0) {
      if (!peer->tls && (errno == EAGAIN || errno == EINTR)) continue;
      fail("write: %s", strerror(errno));
    }
    done += (size_t)count;
  }
  peer->out.length = 0;
}

void peer_read(peer *peer) {
  uint8_t *room = buffer_reserve(&peer->in, READ_BYTES);
  ssize_t count = peer->tls ? SSL_read(peer->tls, room, READ_BYTES) : read(peer->descriptor, room, READ_BYTES);
  if (count < 0 && !peer->tls && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) fail("the server has closed a connection");
  peer->in.length += (size_t)count;
}

span peer_call(peer *peer, const char *service, const char *method, span payload) {
  peer->in.length = 0;
  uint32_t stream = peer_request(peer, false, service, method, payload);
  peer_flush(peer);
  frame frame;
  while (!next_frame((span){peer->in.bytes, peer->in.length}, &frame)) peer_read(peer);
  if (frame.stream != stream || frame.type != FRAME_RESPONSE) fail("%s: not its answer has come", method);
  span answer, status;
  if (!read_response(frame.data, &answer, &status)) fail_status(method, status);
  return answer;
}

void peer_start(peer *peer, int epoll) {
  peer->in.length = 0;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, peer->descriptor, &event)) fail("epoll: %s", strerror(errno));
}

void read_seed(uint8_t seed[SEED_BYTES], const char *text) {
  for (int i = 0; i < SEED_BYTES; i++) {
    unsigned byte;
    if (sscanf(text + 2 * i, "%2x", &byte) != 1) fail("'%s' is no seed", text);
    seed[i] = (uint8_t)byte;
  }
}
