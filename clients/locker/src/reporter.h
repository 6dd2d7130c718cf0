/// reporter.h — sends what waits in the journal until the server has it (L1).
#ifndef LOCKER_REPORTER_H
#define LOCKER_REPORTER_H

#include "journal.h"
#include "session.h"

typedef struct reporter {
  journal *journal;
  session *session;
  const server_clock *clock;
  uint64_t next_ms;      ///< no report before it
  uint32_t refusals;     ///< in a row
  size_t at_most;        ///< entries in the next report; 1 while the one that is refused is looked for
  size_t in_flight;      ///< entries in the last report
} reporter;

void reporter_init(reporter *reporter, journal *journal, session *session, const server_clock *clock);

/// Sends the oldest entries if any wait, the session takes them and it is time. The journal is committed
/// already.
void reporter_advance(reporter *reporter, uint64_t now_ms);
uint64_t reporter_wake_up_ms(const reporter *reporter);

/// How the report in flight ended.
void reporter_acknowledged(reporter *reporter, int64_t number);
void reporter_refused(reporter *reporter, const failure *failure, uint64_t now_ms);

/// What the server says it has, outside of a report.
void reporter_reconcile(reporter *reporter, int64_t acknowledged);

#endif
