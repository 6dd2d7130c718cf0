#include "words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "open N, close N, key N in|out, jam N on|off, stick N on|off, force N, blip N, dead on|off [BOARD], "
    "auto off|put MS|take MS|swap MS, state, log, wait opened|closed N MS, wait openings N COUNT MS, quit";

static void say(char answer[WORDS_ANSWER_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(char answer[WORDS_ANSWER_BYTES], const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(answer, WORDS_ANSWER_BYTES, format, arguments);
  va_end(arguments);
}

/// One line, taken apart.
typedef struct {
  char verb[16];
  char argument[16];
  unsigned number;
  unsigned second;
  unsigned third;
} words;

static void say_state(const cabinet *cabinet, char answer[WORDS_ANSWER_BYTES]) {
  size_t length = (size_t)snprintf(answer, WORDS_ANSWER_BYTES, "ok");
  for (unsigned i = 0; i < cabinet->count && length < WORDS_ANSWER_BYTES; i++) {
    const door *door = &cabinet->doors[i];
    length += (size_t)snprintf(
        answer + length, WORDS_ANSWER_BYTES - length, " %u=%s,%s,pulses:%u,openings:%u%s%s%s%s", i + 1,
        door->open ? "open" : "closed", door->key ? "key" : "empty", door->pulses, door->openings,
        door->jammed ? ",jammed" : "", door->sticks ? ",sticks" : "", door->released ? ",released" : "",
        door->blips ? ",blips" : "");
  }
}

static void say_log(const bus *bus, char answer[WORDS_ANSWER_BYTES]) {
  say(answer,
      "ok frames=%" PRIu64 " wrong_bytes=%" PRIu64 " without_gap=%" PRIu64 " spoiled=%" PRIu64
      " unlocks=%" PRIu64 " unlocks_of_all=%" PRIu64 " unlock_time_ms=%u",
      bus->frames, bus->decoder.wrong_bytes, bus->frames_without_gap, bus->spoiled_answers, bus->unlocks,
      bus->unlocks_of_all, bus->boards[0].unlock_time_ms);
}

/// Commands about one door: `VERB N` and `VERB N WORD`. False when the line is none of them.
static bool obey_about_door(const char *line, cabinet *cabinet, char answer[WORDS_ANSWER_BYTES]) {
  words words = {0};
  char rest[2];
  const int found = sscanf(line, "%15s %u %15s %1s", words.verb, &words.number, words.argument, rest);
  const bool on = strcmp(words.argument, "on") == 0, off = strcmp(words.argument, "off") == 0;
  const bool in = strcmp(words.argument, "in") == 0, out = strcmp(words.argument, "out") == 0;
  const bool blip = strcmp(words.verb, "blip") == 0;
  const bool about_one = strcmp(words.verb, "open") == 0 || strcmp(words.verb, "close") == 0 ||
                         strcmp(words.verb, "force") == 0 || blip;
  const bool about_switch = strcmp(words.verb, "jam") == 0 || strcmp(words.verb, "stick") == 0;
  const bool about_key = strcmp(words.verb, "key") == 0;
  const bool whole = (about_one && found == 2) || (about_switch && found == 3 && (on || off)) ||
                     (about_key && found == 3 && (in || out));
  if (!whole) return false;
  door *door = cabinet_door(cabinet, words.number);
  if (door == NULL) {
    say(answer, "error there is no door %u; there are 1 to %u", words.number, cabinet->count);
    return true;
  }
  say(answer, "ok");
  cabinet->changed = true;
  if (strcmp(words.verb, "open") == 0 && !cabinet_pull(cabinet, words.number)) {
    say(answer, "error door %u is latched; only an unlock or force opens it", words.number);
  }
  if (strcmp(words.verb, "close") == 0) cabinet_close(cabinet, words.number);
  if (strcmp(words.verb, "force") == 0) cabinet_force(cabinet, words.number);
  if (strcmp(words.verb, "jam") == 0) door->jammed = on;
  if (strcmp(words.verb, "stick") == 0) door->sticks = on;
  if (about_key) cabinet_put_key(cabinet, words.number, in);
  if (blip) door->blips = true;
  return true;
}

/// `dead on|off [BOARD]`.
static bool obey_dead(const char *line, bus *bus, char answer[WORDS_ANSWER_BYTES]) {
  words words = {0};
  char rest[2];
  const int found = sscanf(line, "dead %15s %u %1s", words.argument, &words.number, rest);
  const bool on = strcmp(words.argument, "on") == 0;
  if ((found != 1 && found != 2) || (!on && strcmp(words.argument, "off") != 0)) return false;
  if (found == 2 && words.number >= bus->options.boards) {
    say(answer, "error there is no board %u; there are 0 to %u", words.number, bus->options.boards - 1);
    return true;
  }
  for (unsigned b = 0; b < bus->options.boards; b++) {
    if (found == 1 || b == words.number) bus->boards[b].dead = on;
  }
  say(answer, "ok");
  return true;
}

/// `auto off` and `auto HABIT MS`.
static bool obey_auto(const char *line, people *people, char answer[WORDS_ANSWER_BYTES]) {
  static const char *const habits[] = {"off", "put", "take", "swap"};
  words words = {0};
  char rest[2];
  const int found = sscanf(line, "auto %15s %u %1s", words.argument, &words.number, rest);
  for (int habit = PEOPLE_AWAY; habit <= PEOPLE_SWAP; habit++) {
    if (strcmp(words.argument, habits[habit]) != 0 || found != (habit == PEOPLE_AWAY ? 1 : 2)) continue;
    people_set(people, (people_habit)habit, words.number);
    say(answer, "ok");
    return true;
  }
  return false;
}

/// `wait opened|closed N MS` and `wait openings N COUNT MS`.
static bool obey_wait(const char *line, cabinet *cabinet, words_wait *wait, char answer[WORDS_ANSWER_BYTES],
                      uint64_t now_ms) {
  words words = {0};
  char rest[2];
  const int found = sscanf(line, "wait %15s %u %u %u %1s", words.argument, &words.number, &words.second,
                           &words.third, rest);
  const bool opened = strcmp(words.argument, "opened") == 0, closed = strcmp(words.argument, "closed") == 0;
  const bool count = strcmp(words.argument, "openings") == 0;
  if (!(found == 3 && (opened || closed)) && !(found == 4 && count)) return false;
  if (cabinet_door(cabinet, words.number) == NULL) {
    say(answer, "error there is no door %u; there are 1 to %u", words.number, cabinet->count);
    return true;
  }
  *wait = (words_wait){.active = true,
                       .number = words.number,
                       .for_count = count,
                       .open = opened,
                       .count = words.second,
                       .until_ms = now_ms + (count ? words.third : words.second)};
  return true;
}

bool words_waited(const words_wait *wait, cabinet *cabinet, char answer[WORDS_ANSWER_BYTES],
                  uint64_t now_ms) {
  const door *door = cabinet_door(cabinet, wait->number);
  const bool met = wait->for_count ? door->openings >= wait->count : door->open == wait->open;
  if (met) {
    say(answer, "ok door %u is %s, opened %u times", wait->number, door->open ? "open" : "closed",
        door->openings);
  } else if (now_ms >= wait->until_ms) {
    say(answer, "error time is over: door %u is %s, opened %u times", wait->number,
        door->open ? "open" : "closed", door->openings);
  }
  return met || now_ms >= wait->until_ms;
}

words_result words_obey(const char *line, bus *bus, people *people, words_wait *wait,
                        char answer[WORDS_ANSWER_BYTES], uint64_t now_ms) {
  cabinet *cabinet = bus->cabinet;
  if (strcmp(line, "quit") == 0) {
    say(answer, "ok bye");
    return WORDS_QUIT;
  }
  if (strcmp(line, "state") == 0) {
    say_state(cabinet, answer);
  } else if (strcmp(line, "log") == 0) {
    say_log(bus, answer);
  } else if (strcmp(line, "help") == 0) {
    say(answer, "ok %s", help);
  } else if (obey_wait(line, cabinet, wait, answer, now_ms)) {
    return wait->active ? WORDS_WAITS : WORDS_ANSWERED;
  } else if (!obey_about_door(line, cabinet, answer) && !obey_dead(line, bus, answer) &&
             !obey_auto(line, people, answer)) {
    say(answer, "error not understood; say one of: %s", help);
  }
  return WORDS_ANSWERED;
}
