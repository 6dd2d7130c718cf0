/// The child that looks a name up: it leaves nothing of its parent's behind, and does not outlive it.
#include "resolver.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { SOON_MS = 5000 };

static bool name_server_hangs;

/// In the place of the C library's: there is no name server here.
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found) {
  (void)host, (void)port;
  if ((hints->ai_flags & AI_NUMERICHOST) != 0) return EAI_NONAME;
  while (name_server_hangs) pause();
  static struct sockaddr_in address = {.sin_family = AF_INET};
  static struct addrinfo answer;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  answer = (struct addrinfo){.ai_addr = (struct sockaddr *)&address, .ai_addrlen = sizeof address};
  *found = &answer;
  return 0;
}

void freeaddrinfo(struct addrinfo *found) { (void)found; }

static void start(resolver *subject) {
  endpoint endpoint;
  CHECK(endpoint_parse("locker.example:7447", &endpoint));
  CHECK(resolver_start(subject, &endpoint) == 0);
  CHECK(subject->child > 0);
}

static void names_are_looked_up(void) {
  resolver subject;
  name_server_hangs = false;
  start(&subject);
  struct pollfd ready = {.fd = subject.fd, .events = POLLIN};
  while (!resolver_advance(&subject)) CHECK(poll(&ready, 1, SOON_MS) == 1);
  CHECK_NUMBER(subject.count, 1);
  CHECK_NUMBER(subject.list[0].length, sizeof(struct sockaddr_in));
}

static void locks_are_not_kept(void) {
  char path[] = "/tmp/latchkey-resolver-XXXXXX";
  const int held = mkstemp(path);
  CHECK(flock(held, LOCK_EX | LOCK_NB) == 0);
  resolver subject;
  name_server_hangs = true;
  start(&subject);
  close(held);
  const int again = open(path, O_RDWR);
  bool is_free = false;
  for (int waited_ms = 0; !is_free && waited_ms < SOON_MS; waited_ms += 10) {
    is_free = flock(again, LOCK_EX | LOCK_NB) == 0;
    if (!is_free) poll(NULL, 0, 10);
  }
  CHECK(is_free);
  close(again);
  unlink(path);
  resolver_stop(&subject);
}

static void signals_are_not_blocked(void) {
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, &before);
  resolver subject;
  name_server_hangs = true;
  start(&subject);
  CHECK(kill(subject.child, SIGTERM) == 0);
  int status = 0;
  pid_t ended = 0;
  for (int waited_ms = 0; ended == 0 && waited_ms < SOON_MS; waited_ms += 10) {
    ended = waitpid(subject.child, &status, WNOHANG);
    if (ended == 0) poll(NULL, 0, 10);
  }
  CHECK(ended == subject.child && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  if (ended == subject.child) subject.child = 0;
  resolver_stop(&subject);
  sigprocmask(SIG_SETMASK, &before, NULL);
}

/// A controller that is killed while its child waits for a name server.
static void parents_are_not_outlived(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  name_server_hangs = true;
  const pid_t controller = fork();
  if (controller == 0) {
    resolver subject;
    endpoint endpoint;
    if (!endpoint_parse("locker.example:7447", &endpoint)) _exit(1);
    if (resolver_start(&subject, &endpoint) != 0) _exit(1);
    if (write(ends[1], &subject.child, sizeof subject.child) != (ssize_t)sizeof subject.child) _exit(1);
    for (;;) pause();
  }
  pid_t child = 0;
  CHECK(read(ends[0], &child, sizeof child) == (ssize_t)sizeof child && child > 0);
  CHECK(kill(controller, SIGKILL) == 0 && waitpid(controller, NULL, 0) == controller);
  bool is_gone = false;
  for (int waited_ms = 0; !is_gone && waited_ms < SOON_MS; waited_ms += 10) {
    char path[64], state = 'Z';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
    FILE *file = fopen(path, "r");
    if (file != NULL && fscanf(file, "%*d %*s %c", &state) != 1) state = 'Z';
    if (file != NULL) fclose(file);
    is_gone = file == NULL || state == 'Z';
    if (!is_gone) poll(NULL, 0, 10);
  }
  CHECK(is_gone);
  if (!is_gone) kill(child, SIGKILL);
  close(ends[0]);
  close(ends[1]);
}

int main(void) {
  RUN("a name is looked up by a child", names_are_looked_up);
  RUN("L1 the child holds no lock: a controller that is started anew finds its files free",
      locks_are_not_kept);
  RUN("the child can be ended like any process", signals_are_not_blocked);
  RUN("L1 the child does not outlive a controller that is killed", parents_are_not_outlived);
  return check_report();
}
