#include "fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fleet fleet_read(const char *path, int maximum_lockers) {
  FILE *file = fopen(path, "r");
  if (!file) fail("'%s' cannot be read", path);
  fleet fleet = {.lockers = calloc((size_t)maximum_lockers, sizeof(locker))};
  char line[512], seed[80], other[80];
  while (fgets(line, sizeof line, file)) {
    long long id, controller, screen, work_order;
    int tablet;
    char pin[16];
    if (sscanf(line, "tablet %lld %79s", &id, seed) == 2) {
      fleet.tablets = realloc(fleet.tablets, (size_t)(fleet.tablet_count + 1) * sizeof(device));
      fleet.tablets[fleet.tablet_count] = (device){.id = id};
      read_seed(fleet.tablets[fleet.tablet_count++].seed, seed);
    } else if (sscanf(line, "locker %lld %lld %79s %lld %79s %d %lld %15s", &id, &controller, seed, &screen,
                      other, &tablet, &work_order, pin) == 8) {
      if (fleet.locker_count == maximum_lockers) continue;
      locker *locker = &fleet.lockers[fleet.locker_count++];
      *locker = (struct locker){.id = id,
                         .controller.id = controller,
                         .screen.id = screen,
                         .tablet = tablet,
                         .work_order = work_order};
      read_seed(locker->controller.seed, seed);
      read_seed(locker->screen.seed, other);
      strcpy(locker->pin, pin);
    }
  }
  fclose(file);
  if (fleet.locker_count < maximum_lockers) fail("'%s' names %d lockers only", path, fleet.locker_count);
  return fleet;
}
