/// serial.h — a serial line in raw mode, 8N1, non-blocking.
#ifndef LOCKER_SERIAL_H
#define LOCKER_SERIAL_H

#include <stdbool.h>

/// True for the rates that the board can be set to: 9600, 19200, 57600, 115200.
bool serial_baud_is_valid(unsigned baud);

/// Opens a terminal device for this process alone. Returns the descriptor, or -1 with errno; EWOULDBLOCK when
/// another controller holds it, ENOTTY when it is no terminal.
int serial_open(const char *path, unsigned baud) __attribute__((warn_unused_result));

#endif
