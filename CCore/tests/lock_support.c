#include "lock_support.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const states[] = {"UNREAD", "CLOSED", "COOLING",   "PULSING",
                                     "WAITING", "OPEN",  "LEFT_OPEN", "FORCED"};
static const char *const inputs[] = {"UNLOCK", "DOOR", "ITEM", "TICK", "BOARD_ERROR"};
static const char *const events[] = {"?",        "ACCEPTED", "FIRED",     "DOOR_OPENED", "DOOR_CLOSED",
                                     "ITEM_IN",  "ITEM_OUT", "LEFT_OPEN", "FORCED",      "BOARD_ERROR"};
static const char *const outcomes[] = {"?", "OPENED_AND_CLOSED", "JAMMED", "REFUSED", "EXPIRED", "UNKNOWN"};
static const char *const refusals[] = {"", "(BUSY)", "(EXPIRED)", "(BOARD)"};
static const char *const items[] = {"unknown", "absent", "present"};

const char *state_name(lk_lock_state state) { return states[state]; }
const char *input_name(lk_input_kind kind) { return inputs[kind]; }

static bool has_item(const lk_output *output) {
  if (output->kind == LK_OUTPUT_OUTCOME) return true;
  return output->kind == LK_OUTPUT_EVENT &&
         (output->event == LK_EVENT_ITEM_IN || output->event == LK_EVENT_ITEM_OUT);
}

static int print_output(char *text, size_t room, const lk_output *output) {
  char id[24] = "";
  if (output->command_id != 0) snprintf(id, sizeof id, "#%" PRIu64, output->command_id);
  const char *item = has_item(output) || output->item != LK_ITEM_UNKNOWN ? items[output->item] : "";
  const char *blank = item[0] == '\0' ? "" : " ";
  switch (output->kind) {
    case LK_OUTPUT_PULSE: return snprintf(text, room, "PULSE%s(%" PRIu32 ")", id, output->pulse_ms);
    case LK_OUTPUT_EVENT: return snprintf(text, room, "%s%s%s%s", events[output->event], id, blank, item);
    case LK_OUTPUT_OUTCOME:
      return snprintf(text, room, "%s%s%s%s%s", outcomes[output->outcome], refusals[output->refusal], id,
                      blank, item);
  }
  return snprintf(text, room, "?");
}

void outputs_text(char text[OUTPUTS_TEXT_BYTES], const lk_outputs *outputs) {
  text[0] = '\0';
  size_t length = 0;
  for (size_t i = 0; i < outputs->count; i++) {
    if (i > 0) text[length++] = ' ';
    length += (size_t)print_output(text + length, OUTPUTS_TEXT_BYTES - length, &outputs->list[i]);
  }
}
