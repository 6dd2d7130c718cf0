/// version.h — the controller's version, as the desk sees it (W4).
#ifndef LOCKER_VERSION_H
#define LOCKER_VERSION_H

#define LOCKER_VERSION "0.1.0"

#endif
