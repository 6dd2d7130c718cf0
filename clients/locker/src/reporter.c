#include "reporter.h"

#include <ccore/crypto.h>

#include "backoff.h"
#include "log.h"
#include "version.h"

void reporter_init(reporter *reporter, journal *journal, session *session, const server_clock *clock) {
  *reporter = (struct reporter){
      .journal = journal, .session = session, .clock = clock, .at_most = SESSION_MAXIMUM_REPORTS};
}

static void fill(const reporter *reporter, const journal_entry *entry, Latchkey__V1__LockReport *report,
                 Google__Protobuf__Timestamp *time) {
  // What this process saw before it knew the server's clock is dated anew now that it does.
  const int64_t time_ms = entry->dated_here && reporter->clock->known
                              ? server_clock_time(reporter->clock, entry->monotonic_ms, 0, 0)
                              : entry->time_ms;
  google__protobuf__timestamp__init(time);
  time->seconds = time_ms / 1000;
  time->nanos = (int32_t)(time_ms % 1000) * 1000000;
  latchkey__v1__lock_report__init(report);
  report->number = entry->number;
  report->compartment = (int32_t)entry->compartment;
  report->command_sequence = entry->sequence;
  report->time = time;
  report->refusal = (Latchkey__V1__CommandRefusal)entry->refusal;
  report->item = (Latchkey__V1__ItemState)entry->item;
  if (entry->is_outcome) report->outcome = (Latchkey__V1__CommandOutcome)entry->what;
  else report->event = (Latchkey__V1__LockEvent)entry->what;
}

void reporter_advance(reporter *reporter, uint64_t now_ms) {
  const journal_state *state = &reporter->journal->state;
  if (state->waiting_count == 0 || now_ms < reporter->next_ms || !session_takes_reports(reporter->session))
    return;
  Latchkey__V1__LockReport reports[SESSION_MAXIMUM_REPORTS];
  Latchkey__V1__LockReport *list[SESSION_MAXIMUM_REPORTS];
  Google__Protobuf__Timestamp times[SESSION_MAXIMUM_REPORTS];
  const size_t count = state->waiting_count < reporter->at_most ? state->waiting_count : reporter->at_most;
  for (size_t i = 0; i < count; i++) {
    fill(reporter, &state->waiting[i], &reports[i], &times[i]);
    list[i] = &reports[i];
  }
  Latchkey__V1__ReportRequest request = LATCHKEY__V1__REPORT_REQUEST__INIT;
  request.n_reports = count;
  request.reports = list;
  request.controller_version = LOCKER_VERSION;
  reporter->in_flight = count;
  session_report(reporter->session, &request, now_ms);
}

uint64_t reporter_wake_up_ms(const reporter *reporter) {
  const bool wants = reporter->journal->state.waiting_count > 0 && session_takes_reports(reporter->session);
  return wants ? reporter->next_ms : CLOCK_NEVER;
}

void reporter_reconcile(reporter *reporter, int64_t acknowledged) {
  const journal_state *state = &reporter->journal->state;
  const int64_t last = state->acknowledged + (int64_t)state->waiting_count;
  if (acknowledged < state->acknowledged || acknowledged > last) {
    log_warning(
        "the server has report entries up to %lld, the journal expects %lld to %lld: one of them was "
        "restored; %zu waiting entries are numbered anew",
        (long long)acknowledged, (long long)state->acknowledged, (long long)last, state->waiting_count);
  }
  if (journal_reconcile(reporter->journal, acknowledged) != 0) {
    log_error("the server's acknowledged number %lld is out of range and ignored", (long long)acknowledged);
  }
}

void reporter_acknowledged(reporter *reporter, int64_t number) {
  reporter->refusals = 0;
  if (reporter->at_most < SESSION_MAXIMUM_REPORTS) reporter->at_most *= 2;
  reporter_reconcile(reporter, number);
}

/// The oldest entry is refused by itself: no repeat will help, and the ones behind it matter more.
static void set_aside(reporter *reporter) {
  const journal_entry *entry = &reporter->journal->state.waiting[0];
  log_error(
      "report entry %lld is given up, the server refuses it for good: compartment %u, command %lld, %s %u, "
      "refusal %u, item %u, time %lld ms",
      (long long)entry->number, entry->compartment, (long long)entry->sequence,
      entry->is_outcome ? "outcome" : "event", entry->what, entry->refusal, entry->item,
      (long long)entry->time_ms);
  journal_set_aside(reporter->journal);
}

void reporter_refused(reporter *reporter, const failure *failure, uint64_t now_ms) {
  const bool about_entry = failure_is(failure, "NOT_YOUR_COMPARTMENT") ||
                           failure_is(failure, "NOT_YOUR_COMMAND") || failure_is(failure, "INVALID_FIELD");
  if (failure_is(failure, "REPORT_OUT_OF_ORDER") && failure->has_acknowledged_number) {
    reporter_reconcile(reporter, failure->acknowledged_number);
  } else if (about_entry && reporter->in_flight == 1) {
    set_aside(reporter);
    return;
  } else if (about_entry) {
    reporter->at_most = 1;
    return;
  }
  uint32_t random;
  lk_random((uint8_t *)&random, sizeof random);
  uint64_t wait_ms = backoff_delay_ms(reporter->refusals++, random);
  if (wait_ms < failure->retry_ms) wait_ms = failure->retry_ms;
  reporter->next_ms = now_ms + wait_ms;
}
