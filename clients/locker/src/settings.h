/// settings.h — the locker's settings, as the server last gave them, kept in DIR/settings so that doors are
/// watched after a start without a server, too.
#ifndef LOCKER_SETTINGS_H
#define LOCKER_SETTINGS_H

#include <ccore/lock.h>
#include <latchkey/v1/locker.pb-c.h>

typedef struct settings {
  unsigned compartments;  ///< 1 to 64
  bool has_item_sensors;
  lk_lock_config timing;
} settings;

/// Takes the server's settings. Returns NULL, or what is out of range (a constant text).
const char *settings_from_message(settings *settings, const Latchkey__V1__GetLockerSettingsResponse *message);

bool settings_equal(const settings *one, const settings *other);

/// Reads DIR/settings. False when there are none, or none that can be used.
bool settings_load(settings *settings, const char *directory);

/// Writes DIR/settings, unless it says the same already. Returns 0, or -1 with errno.
int settings_save(const settings *settings, const char *directory) __attribute__((warn_unused_result));

#endif
