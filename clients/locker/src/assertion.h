/// assertion.h — the signed statement by which the controller proves itself once for a connection (S3).
#ifndef LOCKER_ASSERTION_H
#define LOCKER_ASSERTION_H

#include <stddef.h>

#include "identity.h"

enum { ASSERTION_LIFE_SECONDS = 50, ASSERTION_AUDIENCE_BYTES = 256 };

/// Writes a PASETO v4.public token, zero-terminated, over JSON {"aud","dev","iat","exp"}, with the key id as
/// footer and the server's nonce as implicit assertion. `token` holds LK_TOKEN_MAXIMUM_BYTES + 1. Returns 0,
/// or -1 when the audience is longer than ASSERTION_AUDIENCE_BYTES or cannot stand in JSON unescaped.
int assertion_sign(char *token, const identity *identity, const char *audience, const uint8_t *nonce,
                   size_t nonce_length, int64_t now_seconds) __attribute__((warn_unused_result));

#endif
