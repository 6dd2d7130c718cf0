#include "picture.h"

enum { COLUMNS = 4 };

static const char *colour_of(const door *door) {
  if (door->jammed) return "\033[33m";
  if (door->open) return "\033[31m";
  return "\033[32m";
}

static const char *position_of(const door *door) {
  if (door->open) return "open";
  return door->released ? "ajar" : "shut";
}

static void draw_door(const door *door, unsigned number, FILE *terminal, bool ansi) {
  fprintf(terminal, "%s[%3u %s %s %s]%s", ansi ? colour_of(door) : "", number, position_of(door),
          door->key ? "key" : "   ",
          door->jammed   ? "jam"
          : door->sticks ? "stk"
                         : "   ",
          ansi ? "\033[0m" : "");
}

void picture_draw(const cabinet *cabinet, FILE *terminal, bool ansi) {
  fputs(ansi ? "\033[2J\033[H" : "\n", terminal);
  for (unsigned i = 0; i < cabinet->count; i++) {
    draw_door(&cabinet->doors[i], i + 1, terminal, ansi);
    fputc(i % COLUMNS == COLUMNS - 1 ? '\n' : ' ', terminal);
    if (i % CABINET_DOORS_A_BOARD == CABINET_DOORS_A_BOARD - 1 && i + 1 < cabinet->count)
      fputc('\n', terminal);
  }
  fflush(terminal);
}
