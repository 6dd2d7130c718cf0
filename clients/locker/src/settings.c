#include "settings.h"

#include <stdio.h>
#include <string.h>

#include "board.h"
#include "file.h"

static const char file_name[] = "settings";
static const char format[] =
    "compartments %u\nitem_sensors %u\npulse_ms %u\ncool_down_ms %u\nopen_window_ms %u\nleft_open_ms %u\n"
    "debounce_ms %u\n";

static bool is_valid(const settings *settings) {
  return settings->compartments >= 1 && settings->compartments <= BOARD_MAXIMUM_COMPARTMENTS &&
         lk_lock_config_is_valid(&settings->timing);
}

const char *settings_from_message(settings *settings,
                                  const Latchkey__V1__GetLockerSettingsResponse *message) {
  const Latchkey__V1__LockTiming *timing = message->timing;
  if (message->compartment_count < 1 || message->compartment_count > BOARD_MAXIMUM_COMPARTMENTS) {
    return "the number of compartments is not from 1 to 64";
  }
  if (timing == NULL) return "the times of the locks are missing";
  if (timing->pulse_ms < 0 || timing->cool_down_ms < 0 || timing->open_window_ms < 0 ||
      timing->left_open_ms < 0 || timing->debounce_ms < 0) {
    return "a time of the locks is negative";
  }
  const struct settings taken = {
      .compartments = (unsigned)message->compartment_count,
      .has_item_sensors = message->has_item_sensors,
      .timing = {.pulse_ms = (uint32_t)timing->pulse_ms,
                 .cool_down_ms = (uint32_t)timing->cool_down_ms,
                 .open_window_ms = (uint32_t)timing->open_window_ms,
                 .left_open_ms = (uint32_t)timing->left_open_ms,
                 .debounce_ms = (uint32_t)timing->debounce_ms},
  };
  if (!is_valid(&taken)) return "a time of the locks is out of range";
  *settings = taken;
  return NULL;
}

bool settings_equal(const settings *one, const settings *other) {
  return one->compartments == other->compartments && one->has_item_sensors == other->has_item_sensors &&
         one->timing.pulse_ms == other->timing.pulse_ms &&
         one->timing.cool_down_ms == other->timing.cool_down_ms &&
         one->timing.open_window_ms == other->timing.open_window_ms &&
         one->timing.left_open_ms == other->timing.left_open_ms &&
         one->timing.debounce_ms == other->timing.debounce_ms;
}

bool settings_load(settings *settings, const char *directory) {
  char text[512];
  if (file_read(directory, file_name, text, sizeof text) < 0) return false;
  struct settings taken = {0};
  unsigned item_sensors;
  const int found = sscanf(text, format, &taken.compartments, &item_sensors, &taken.timing.pulse_ms,
                           &taken.timing.cool_down_ms, &taken.timing.open_window_ms,
                           &taken.timing.left_open_ms, &taken.timing.debounce_ms);
  if (found != 7 || item_sensors > 1) return false;
  taken.has_item_sensors = item_sensors == 1;
  if (!is_valid(&taken)) return false;
  *settings = taken;
  return true;
}

int settings_save(const settings *settings, const char *directory) {
  char text[512], kept[512];
  const int length =
      snprintf(text, sizeof text, format, settings->compartments, settings->has_item_sensors ? 1u : 0u,
               settings->timing.pulse_ms, settings->timing.cool_down_ms, settings->timing.open_window_ms,
               settings->timing.left_open_ms, settings->timing.debounce_ms);
  if (file_read(directory, file_name, kept, sizeof kept) == length && strcmp(kept, text) == 0) return 0;
  return file_replace(directory, file_name, 0600, text, (size_t)length);
}
