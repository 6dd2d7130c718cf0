/// control.h — who talks to the simulated board: clients of a Unix-domain socket, or standard input.
#ifndef BOARD_CONTROL_H
#define BOARD_CONTROL_H

#include <poll.h>

#include "words.h"

enum { CONTROL_MAXIMUM_CLIENTS = 16 };

typedef struct {
  int in;             ///< -1: this place is free
  int out;
  char line[WORDS_LINE_BYTES];
  size_t length;
  bool skips;         ///< the rest of a line that was too long
  words_wait wait;    ///< the next line is read when it is over
} control_client;

typedef struct control {
  int listener;       ///< -1: none
  const char *path;
  control_client clients[CONTROL_MAXIMUM_CLIENTS];
  bool quit;
} control;

/// Listens at `path`, over a socket that an earlier board left; with NULL, standard input is the one client.
/// Returns 0, or -1 with errno.
int control_open(control *control, const char *path) __attribute__((warn_unused_result));
void control_close(control *control);

/// Fills in what to wait for; returns how many.
nfds_t control_poll(const control *control, struct pollfd fds[CONTROL_MAXIMUM_CLIENTS + 1]);

/// Reads, obeys and answers.
void control_advance(control *control, bus *bus, people *people, uint64_t now_ms);
uint64_t control_wake_up_ms(const control *control);

#endif
