#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address.sun_path, path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  unlink(path);
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
      listen(fd, CONTROL_MAXIMUM_CLIENTS) == 0) {
    return fd;
  }
  const int saved = errno;
  close(fd);
  errno = saved;
  return -1;
}

int control_open(control *control, const char *path) {
  *control = (struct control){.listener = -1, .path = path};
  for (int i = 0; i < CONTROL_MAXIMUM_CLIENTS; i++) control->clients[i].in = -1;
  if (path == NULL) {
    control->clients[0] = (control_client){.in = STDIN_FILENO, .out = STDOUT_FILENO};
    return 0;
  }
  control->listener = listen_at(path);
  return control->listener >= 0 ? 0 : -1;
}

static void drop(control_client *client) {
  if (client->in > STDIN_FILENO) close(client->in);
  *client = (control_client){.in = -1};
}

void control_close(control *control) {
  for (int i = 0; i < CONTROL_MAXIMUM_CLIENTS; i++) drop(&control->clients[i]);
  if (control->listener < 0) return;
  close(control->listener);
  unlink(control->path);
}

nfds_t control_poll(const control *control, struct pollfd fds[CONTROL_MAXIMUM_CLIENTS + 1]) {
  nfds_t count = 0;
  if (control->listener >= 0) fds[count++] = (struct pollfd){.fd = control->listener, .events = POLLIN};
  for (int i = 0; i < CONTROL_MAXIMUM_CLIENTS; i++) {
    const control_client *client = &control->clients[i];
    if (client->in >= 0 && !client->wait.active)
      fds[count++] = (struct pollfd){.fd = client->in, .events = POLLIN};
  }
  return count;
}

static void answer(control_client *client, char *text) {
  const size_t length = strlen(text);
  text[length] = '\n';
  if (file_write_all(client->out, text, length + 1) != 0) drop(client);
}

/// Forgets the line that ends at `end`.
static void drop_line(control_client *client, const char *end) {
  client->length -= (size_t)(end - client->line) + 1;
  memmove(client->line, end + 1, client->length);
}

/// Obeys the first whole line that a client has sent. False when there is none, or it has to wait.
static bool obey_line(control *control, control_client *client, bus *bus, people *people, uint64_t now_ms) {
  char text[WORDS_ANSWER_BYTES + 1];
  char *end = client->in >= 0 && !client->wait.active ? memchr(client->line, '\n', client->length) : NULL;
  if (end == NULL) return false;
  *end = '\0';
  if (client->skips) {
    client->skips = false;
    drop_line(client, end);
    return true;
  }
  const words_result result = words_obey(client->line, bus, people, &client->wait, text, now_ms);
  drop_line(client, end);
  if (result != WORDS_WAITS) answer(client, text);
  if (result == WORDS_QUIT) control->quit = true;
  return true;
}

static void read_client(control_client *client) {
  struct pollfd ready = {.fd = client->in, .events = POLLIN};
  if (client->wait.active || poll(&ready, 1, 0) <= 0) return;
  const ssize_t count = read(client->in, client->line + client->length, sizeof client->line - client->length);
  if (count <= 0) {
    drop(client);
    return;
  }
  client->length += (size_t)count;
  if (client->length < sizeof client->line || memchr(client->line, '\n', client->length) != NULL) return;
  static const char text[] = "error the line is too long; 255 characters are allowed\n";
  if (!client->skips && file_write_all(client->out, text, sizeof text - 1) != 0) {
    drop(client);
    return;
  }
  client->skips = true;
  client->length = 0;
}

static void accept_client(control *control) {
  const int fd = control->listener < 0 ? -1 : accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  for (int i = 0; i < CONTROL_MAXIMUM_CLIENTS; i++) {
    if (control->clients[i].in >= 0) continue;
    control->clients[i] = (control_client){.in = fd, .out = fd};
    return;
  }
  close(fd);
}

void control_advance(control *control, bus *bus, people *people, uint64_t now_ms) {
  accept_client(control);
  for (int i = 0; i < CONTROL_MAXIMUM_CLIENTS; i++) {
    control_client *client = &control->clients[i];
    char text[WORDS_ANSWER_BYTES + 1];
    if (client->in >= 0 && client->wait.active && words_waited(&client->wait, bus->cabinet, text, now_ms)) {
      client->wait.active = false;
      answer(client, text);
    }
    if (client->in >= 0) read_client(client);
    while (obey_line(control, client, bus, people, now_ms)) continue;
    if (client->in >= 0 && client->wait.active && words_waited(&client->wait, bus->cabinet, text, now_ms)) {
      client->wait.active = false;
      answer(client, text);
    }
  }
}

uint64_t control_wake_up_ms(const control *control) {
  uint64_t next_ms = CLOCK_NEVER;
  for (int i = 0; i < CONTROL_MAXIMUM_CLIENTS; i++) {
    if (control->clients[i].wait.active) next_ms = clock_earlier(next_ms, control->clients[i].wait.until_ms);
  }
  return next_ms;
}
