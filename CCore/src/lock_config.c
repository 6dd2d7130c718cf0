#include <ccore/lock.h>

static bool within(uint32_t value, uint32_t minimum, uint32_t maximum) {
  return value >= minimum && value <= maximum;
}

lk_lock_config lk_lock_config_default(void) {
  return (lk_lock_config){
      .pulse_ms = 400,
      .cool_down_ms = 2000,
      .open_window_ms = 5000,
      .left_open_ms = 60000,
      .debounce_ms = 50,
  };
}

bool lk_lock_config_is_valid(const lk_lock_config *config) {
  return within(config->pulse_ms, LK_LOCK_PULSE_MINIMUM_MS, LK_LOCK_PULSE_MAXIMUM_MS) &&
         within(config->cool_down_ms, LK_LOCK_COOL_DOWN_MINIMUM_MS, LK_LOCK_COOL_DOWN_MAXIMUM_MS) &&
         within(config->open_window_ms, config->pulse_ms + 1, LK_LOCK_OPEN_WINDOW_MAXIMUM_MS) &&
         within(config->left_open_ms, LK_LOCK_LEFT_OPEN_MINIMUM_MS, LK_LOCK_LEFT_OPEN_MAXIMUM_MS) &&
         within(config->debounce_ms, 0, LK_LOCK_DEBOUNCE_MAXIMUM_MS);
}
