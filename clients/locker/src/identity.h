/// identity.h — who this controller is: its key pair and what enrolment told it, kept in DIR/identity.
///
/// DIR has mode 0700 and the file 0600, or the key is not used; the file is written whole or not at all.
/// While enrolment runs, DIR/enrollment keeps the key and the request id, so that a repeat after a power cut
/// is answered with the first answer.
#ifndef LOCKER_IDENTITY_H
#define LOCKER_IDENTITY_H

#include <ccore/token.h>
#include <stdint.h>

enum { IDENTITY_NAME_BYTES = 128, IDENTITY_PROBLEM_BYTES = 512, IDENTITY_REQUEST_ID_BYTES = 33 };

typedef struct {
  int64_t device_id;
  int64_t locker_id;
  int64_t location_id;
  char name[IDENTITY_NAME_BYTES];                 ///< given with the code; for logs
  char key_id[LK_KEY_ID_BYTES];
  uint8_t public_key[LK_PUBLIC_KEY_BYTES];
  uint8_t secret_key[LK_SECRET_KEY_BYTES];
  uint8_t seed[LK_KEY_SEED_BYTES];
} identity;

/// What one enrolment asks with, tries included.
typedef struct {
  uint8_t seed[LK_KEY_SEED_BYTES];
  uint8_t code_digest[LK_DIGEST_BYTES];           ///< which code it is for; the code itself is not kept
  char request_id[IDENTITY_REQUEST_ID_BYTES];
} enrollment;

typedef enum { IDENTITY_OK = 0, IDENTITY_NONE, IDENTITY_FAILED } identity_result;

/// Reads DIR/identity. The caller wipes it. Unless IDENTITY_OK, `problem` says what is wrong and what to do,
/// and nothing secret is left in `identity`.
identity_result identity_load(identity *identity, const char *directory,
                              char problem[IDENTITY_PROBLEM_BYTES]);

/// Writes DIR/identity and removes DIR/enrollment. Returns 0, or -1 with errno.
int identity_save(const identity *identity, const char *directory) __attribute__((warn_unused_result));

/// Reads DIR/enrollment where it is for this code, or draws a new one and writes it. Returns 0, or -1 with
/// errno.
int enrollment_prepare(enrollment *enrollment, const char *directory, const char *code)
    __attribute__((warn_unused_result));

#endif
