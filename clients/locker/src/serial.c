#include "serial.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

static const struct {
  unsigned baud;
  speed_t speed;
} rates[] = {{9600, B9600}, {19200, B19200}, {57600, B57600}, {115200, B115200}};

static speed_t speed_of(unsigned baud) {
  for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
    if (rates[i].baud == baud) return rates[i].speed;
  }
  return B0;
}

bool serial_baud_is_valid(unsigned baud) { return speed_of(baud) != B0; }

static int set_raw(int fd, speed_t speed) {
  struct termios mode;
  if (tcgetattr(fd, &mode) != 0) return -1;
  cfmakeraw(&mode);
  mode.c_cflag &= ~(tcflag_t)(CSTOPB | PARENB | CRTSCTS);
  mode.c_cflag |= CLOCAL | CREAD;
  mode.c_cc[VMIN] = 0;
  mode.c_cc[VTIME] = 0;
  if (cfsetispeed(&mode, speed) != 0 || cfsetospeed(&mode, speed) != 0) return -1;
  if (tcsetattr(fd, TCSANOW, &mode) != 0) return -1;
  return tcflush(fd, TCIOFLUSH);
}

int serial_open(const char *path, unsigned baud) {
  const int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0 && set_raw(fd, speed_of(baud)) == 0) return fd;
  const int saved = errno;
  close(fd);
  errno = saved;
  return -1;
}
