/// options.h — the command line of latchkey-locker, read without side effects.
#ifndef LOCKER_OPTIONS_H
#define LOCKER_OPTIONS_H

#include <stddef.h>

#include "endpoint.h"
#include "log.h"

enum { OPTIONS_PROBLEM_BYTES = 512, OPTIONS_DEFAULT_BAUD = 19200, OPTIONS_HIGHEST_BOARD = 15 };

/// How the program ends, for service managers and scripts.
enum {
  EXIT_OK = 0,       ///< done, or ended by SIGTERM or SIGINT
  EXIT_FAILED = 1,   ///< the world's fault: disk, network during enrolment, no key pair
  EXIT_USAGE = 2,    ///< wrong arguments
  EXIT_REFUSED = 3,  ///< the server does not take this device (any more): enrol again
  EXIT_DAMAGED = 4   ///< the journal is damaged or missing: a person has to look
};

typedef enum { COMMAND_HELP = 0, COMMAND_VERSION, COMMAND_ENROLL, COMMAND_RUN } options_command;

/// Texts point into the arguments.
typedef struct options {
  options_command command;
  endpoint server;
  const char *ca_file;    ///< NULL: plain text to loopback, the system's certificates elsewhere
  const char *state;
  const char *code;
  const char *port;
  unsigned baud;
  unsigned board;
  unsigned longest_retry_ms;  ///< before a lost server is tried again
  const char *qr_file;    ///< NULL: none
  bool qr_terminal;
  log_level level;
} options;

/// Reads the arguments. Returns 0, or -1: then `problem` says what is wrong, why, and the way out. Pure.
int options_parse(options *options, int count, char *const arguments[], char problem[OPTIONS_PROBLEM_BYTES]);

/// What `--help` prints.
extern const char options_help[];

#endif
