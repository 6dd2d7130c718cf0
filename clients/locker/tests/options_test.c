#include "options.h"

#include <string.h>

#include "check.h"

enum { MAXIMUM_ARGUMENTS = 24 };
static options parsed;
static char problem[OPTIONS_PROBLEM_BYTES];

/// Parses a line of words parted by blanks.
static int parse(const char *line) {
  static char text[512];
  char *arguments[MAXIMUM_ARGUMENTS] = {"latchkey-locker"};
  int count = 1;
  snprintf(text, sizeof text, "%s", line);
  for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) arguments[count++] = word;
  problem[0] = '\0';
  return options_parse(&parsed, count, arguments, problem);
}

static bool refused(const char *line, const char *because) {
  return parse(line) == -1 && strstr(problem, because) != NULL;
}

static void test_accepted(void) {
  CASE("enroll takes what it needs");
  CHECK(parse("enroll --server locker.example:7447 --state d --code ABCD --ca ca.pem") == 0);
  CHECK(parsed.command == COMMAND_ENROLL && strcmp(parsed.server.host, "locker.example") == 0);
  CHECK(strcmp(parsed.server.port, "7447") == 0 && strcmp(parsed.code, "ABCD") == 0);
  CHECK(strcmp(parsed.ca_file, "ca.pem") == 0 && strcmp(parsed.state, "d") == 0);

  CASE("run has the factory settings of the board");
  CHECK(parse("run --server [::1]:1 --state d --port /dev/x") == 0);
  CHECK(parsed.baud == 19200 && parsed.board == 0 && parsed.longest_retry_ms == 30000 &&
        parsed.level == LEVEL_INFO && !parsed.qr_terminal);
  CHECK(strcmp(parsed.server.host, "::1") == 0 && parsed.ca_file == NULL && parsed.qr_file == NULL);

  CASE("values may stand behind an equals sign");
  CHECK(
      parse(
          "run --server=h:65535 --state=d --port=p --baud=9600 --board=15 --log-level=debug --qr-terminal") ==
      0);
  CHECK(parsed.baud == 9600 && parsed.board == 15 && parsed.level == LEVEL_DEBUG && parsed.qr_terminal);

  CASE("help wins over everything");
  CHECK(parse("run --nonsense --help") == 0 && parsed.command == COMMAND_HELP);
  CHECK(parse("--version") == 0 && parsed.command == COMMAND_VERSION);
}

static void test_refused(void) {
  CASE("each wrong argument is named, with the way out");
  CHECK(refused("", "enroll or run"));
  CHECK(refused("walk", "'walk' is no command"));
  CHECK(refused("run --state d --port p", "--server"));
  CHECK(refused("run --server h:1 --port p", "--state"));
  CHECK(refused("run --server h:1 --state d", "--port"));
  CHECK(refused("enroll --server h:1 --state d", "--code"));
  CHECK(refused("run --sever h:1", "'--sever' is no option of run"));
  CHECK(refused("run --code X", "--code does not go with run"));
  CHECK(refused("enroll --baud 9600", "--baud does not go with enroll"));
  CHECK(refused("run --server h:1 --server h:2", "given twice"));
  CHECK(refused("run --state", "wants a value"));
  CHECK(refused("run --state=", "wants a value"));
  CHECK(refused("run --qr-terminal=yes", "takes no value"));
  CHECK(refused("enroll --longest-retry 5", "--longest-retry does not go with enroll"));
  CHECK(refused("run --longest-retry 0", "1 to 30000"));
  CHECK(refused("run --longest-retry 30001", "1 to 30000"));
  CHECK(refused("run --baud 19201", "9600, 19200, 57600 or 115200"));
  CHECK(refused("run --baud -1", "no rate"));
  CHECK(refused("run --board 16", "0 to 15"));
  CHECK(refused("run --log-level loud", "error, warning, info or debug"));

  CASE("servers that cannot be are refused");
  const char *const wrong[] = {"h",     "h:",   ":1",    "h:0",   "h:65536", "h:1x",
                               "::1:7", "[]:1", "a b:1", "h/x:1", "h:-1"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    endpoint endpoint;
    CHECK(!endpoint_parse(wrong[i], &endpoint));
  }
}

static bool loopback(const char *server) {
  endpoint endpoint;
  CHECK(endpoint_parse(server, &endpoint));
  return endpoint_is_loopback(&endpoint);
}

static void test_loopback(void) {
  CASE("S3 plain text is for loopback only");
  CHECK(loopback("127.0.0.1:1") && loopback("127.9.9.9:1") && loopback("[::1]:1") && loopback("LocalHost:1"));
  CHECK(!loopback("128.0.0.1:1") && !loopback("10.0.0.1:1") && !loopback("[::2]:1") &&
        !loopback("localhost.x:1"));
  CHECK(!loopback("0.0.0.0:1") && !loopback("[::ffff:8.8.8.8]:1"));
}

int main(void) {
  test_accepted();
  test_refused();
  test_loopback();
  return check_report();
}
