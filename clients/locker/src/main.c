#include <ccore/crypto.h>
#include <signal.h>
#include <stdio.h>

#include "controller.h"
#include "enroll.h"
#include "version.h"

int main(int count, char *arguments[]) {
  options options;
  char problem[OPTIONS_PROBLEM_BYTES];
  if (options_parse(&options, count, arguments, problem) != 0) {
    fprintf(stderr, "latchkey-locker: %s\n", problem);
    return EXIT_USAGE;
  }
  signal(SIGPIPE, SIG_IGN);  // a peer or a reader that went away, and
  signal(SIGXFSZ, SIG_IGN);  // a file over its limit, are errors of write, which are looked at
  log_set_level(options.level);
  if (lk_crypto_start() != 0) {
    fprintf(stderr, "latchkey-locker: no secure source of randomness can be opened.\n");
    return EXIT_FAILED;
  }
  switch (options.command) {
    case COMMAND_HELP: fputs(options_help, stdout); return EXIT_OK;
    case COMMAND_VERSION: puts("latchkey-locker " LOCKER_VERSION); return EXIT_OK;
    case COMMAND_ENROLL: return enroll(&options);
    case COMMAND_RUN: return controller_run(&options);
  }
  return EXIT_FAILED;
}
