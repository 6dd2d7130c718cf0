/// lock_support.h — words for lock tests: inputs by name, outputs as text.
#ifndef LOCK_SUPPORT_H
#define LOCK_SUPPORT_H

#include <ccore/lock.h>

static inline lk_input unlock_input(uint64_t command_id, uint64_t expire_ms) {
  return (lk_input){.kind = LK_INPUT_UNLOCK, .command_id = command_id, .expire_ms = expire_ms};
}
static inline lk_input door_input(bool open) { return (lk_input){.kind = LK_INPUT_DOOR, .flag = open}; }
static inline lk_input item_input(bool present) { return (lk_input){.kind = LK_INPUT_ITEM, .flag = present}; }
static inline lk_input tick_input(void) { return (lk_input){.kind = LK_INPUT_TICK}; }
static inline lk_input board_error_input(void) { return (lk_input){.kind = LK_INPUT_BOARD_ERROR}; }

enum { OUTPUTS_TEXT_BYTES = 1024 };

/// Writes outputs as one line, e.g. `ACCEPTED#7 PULSE#7(400) FIRED#7` or `REFUSED(BUSY)#8 absent`.
/// `#id` is left out where the command id is 0; outcomes and item events name the item.
void outputs_text(char text[OUTPUTS_TEXT_BYTES], const lk_outputs *outputs);

const char *state_name(lk_lock_state state);
const char *input_name(lk_input_kind kind);

#endif
