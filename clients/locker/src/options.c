#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backoff.h"
#include "serial.h"

typedef enum {
  OPTION_SERVER,
  OPTION_CA,
  OPTION_STATE,
  OPTION_CODE,
  OPTION_PORT,
  OPTION_BAUD,
  OPTION_BOARD,
  OPTION_LONGEST_RETRY,
  OPTION_QR_FILE,
  OPTION_QR_TERMINAL,
  OPTION_LOG_LEVEL
} option_id;
enum { OPTION_COUNT = 11, FOR_ENROLL = 1, FOR_RUN = 2 };

static const struct {
  const char *name;
  bool takes_value;
  int commands;
} table[OPTION_COUNT] = {
    [OPTION_SERVER] = {"--server", true, FOR_ENROLL | FOR_RUN},
    [OPTION_CA] = {"--ca", true, FOR_ENROLL | FOR_RUN},
    [OPTION_STATE] = {"--state", true, FOR_ENROLL | FOR_RUN},
    [OPTION_CODE] = {"--code", true, FOR_ENROLL},
    [OPTION_PORT] = {"--port", true, FOR_RUN},
    [OPTION_BAUD] = {"--baud", true, FOR_RUN},
    [OPTION_BOARD] = {"--board", true, FOR_RUN},
    [OPTION_LONGEST_RETRY] = {"--longest-retry", true, FOR_RUN},
    [OPTION_QR_FILE] = {"--qr-file", true, FOR_RUN},
    [OPTION_QR_TERMINAL] = {"--qr-terminal", false, FOR_RUN},
    [OPTION_LOG_LEVEL] = {"--log-level", true, FOR_ENROLL | FOR_RUN},
};

static int complain(char problem[OPTIONS_PROBLEM_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int complain(char problem[OPTIONS_PROBLEM_BYTES], const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(problem, OPTIONS_PROBLEM_BYTES, format, arguments);
  va_end(arguments);
  return -1;
}

static bool number(const char *text, unsigned highest, unsigned *value) {
  char *end;
  errno = 0;
  const unsigned long read = strtoul(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || read > highest) return false;
  *value = (unsigned)read;
  return true;
}

static int set(options *options, option_id id, const char *value, char problem[OPTIONS_PROBLEM_BYTES]) {
  switch (id) {
    case OPTION_SERVER:
      if (endpoint_parse(value, &options->server)) return 0;
      return complain(problem,
                      "--server '%s' is not HOST:PORT; write it as in locker.example:7447 or [::1]:7447.",
                      value);
    case OPTION_CA: options->ca_file = value; return 0;
    case OPTION_STATE: options->state = value; return 0;
    case OPTION_CODE: options->code = value; return 0;
    case OPTION_PORT: options->port = value; return 0;
    case OPTION_BAUD:
      if (number(value, 115200, &options->baud) && serial_baud_is_valid(options->baud)) return 0;
      return complain(
          problem, "--baud '%s' is no rate that the board knows; give 9600, 19200, 57600 or 115200.", value);
    case OPTION_BOARD:
      if (number(value, OPTIONS_HIGHEST_BOARD, &options->board)) return 0;
      return complain(
          problem, "--board '%s' is no board address; give the number set on the board, 0 to 15.", value);
    case OPTION_LONGEST_RETRY:
      if (number(value, BACKOFF_MAXIMUM_MS, &options->longest_retry_ms) && options->longest_retry_ms > 0) {
        return 0;
      }
      return complain(problem, "--longest-retry '%s' is no wait that is kept; give 1 to %d, in milliseconds.",
                      value, BACKOFF_MAXIMUM_MS);
    case OPTION_QR_FILE: options->qr_file = value; return 0;
    case OPTION_QR_TERMINAL: options->qr_terminal = true; return 0;
    case OPTION_LOG_LEVEL:
      if (log_level_parse(value, &options->level)) return 0;
      return complain(problem, "--log-level '%s' is no level; give error, warning, info or debug.", value);
  }
  return -1;
}

/// Finds the option that an argument names, and the value behind `=` if there is one.
static int find(const char *argument, const char **value) {
  const size_t length = strcspn(argument, "=");
  *value = argument[length] == '=' ? argument + length + 1 : NULL;
  for (int id = 0; id < OPTION_COUNT; id++) {
    if (strlen(table[id].name) == length && strncmp(table[id].name, argument, length) == 0) return id;
  }
  return -1;
}

static int require(const options *options, char problem[OPTIONS_PROBLEM_BYTES]) {
  const bool run = options->command == COMMAND_RUN;
  const char *command = run ? "run" : "enroll";
  if (options->server.host[0] == '\0') {
    return complain(problem, "%s wants --server HOST:PORT: where to find the Latchkey server.", command);
  }
  if (options->state == NULL) {
    return complain(problem, "%s wants --state DIR: where identity and journal are kept.", command);
  }
  if (run && options->port == NULL) {
    return complain(problem,
                    "run wants --port TTY: the serial line of the lock board, such as /dev/ttyUSB0.");
  }
  if (!run && options->code == NULL) {
    return complain(
        problem, "enroll wants --code CODE: the one-time code that a dealer admin made for this locker.");
  }
  return 0;
}

int options_parse(options *options, int count, char *const arguments[], char problem[OPTIONS_PROBLEM_BYTES]) {
  *options = (struct options){
      .baud = OPTIONS_DEFAULT_BAUD, .longest_retry_ms = BACKOFF_MAXIMUM_MS, .level = LEVEL_INFO};
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) return 0;
  }
  const char *command = count > 1 ? arguments[1] : "";
  if (strcmp(command, "--version") == 0) options->command = COMMAND_VERSION;
  else if (strcmp(command, "enroll") == 0) options->command = COMMAND_ENROLL;
  else if (strcmp(command, "run") == 0) options->command = COMMAND_RUN;
  else if (command[0] == '\0') return complain(problem, "Say what to do: enroll or run. --help tells more.");
  else return complain(problem, "'%s' is no command; say enroll or run. --help tells more.", command);
  if (options->command == COMMAND_VERSION) return 0;
  bool given[OPTION_COUNT] = {false};
  for (int i = 2; i < count; i++) {
    const char *value;
    const int id = find(arguments[i], &value);
    if (id < 0)
      return complain(problem, "'%s' is no option of %s; --help lists them.", arguments[i], command);
    const int bit = options->command == COMMAND_RUN ? FOR_RUN : FOR_ENROLL;
    if ((table[id].commands & bit) == 0) {
      return complain(problem, "%s does not go with %s; --help tells what does.", table[id].name, command);
    }
    if (given[id]) return complain(problem, "%s is given twice; leave one out.", table[id].name);
    given[id] = true;
    if (!table[id].takes_value && value != NULL) {
      return complain(problem, "%s takes no value; leave '=%s' out.", table[id].name, value);
    }
    if (table[id].takes_value && value == NULL) value = i + 1 < count ? arguments[++i] : "";
    if (table[id].takes_value && value[0] == '\0') {
      return complain(problem, "%s wants a value; --help tells which.", table[id].name);
    }
    if (set(options, (option_id)id, value, problem) != 0) return -1;
  }
  return require(options, problem);
}
