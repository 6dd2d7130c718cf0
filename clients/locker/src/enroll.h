/// enroll.h — `latchkey-locker enroll`: a one-time code for an identity.
#ifndef LOCKER_ENROLL_H
#define LOCKER_ENROLL_H

#include "options.h"

enum { ENROLL_MAXIMUM_MS = 30000 };

/// Does it, saying on standard error what went wrong. Returns the exit status.
int enroll(const options *options);

#endif
