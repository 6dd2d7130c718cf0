#include "box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// As locker.proto numbers events and outcomes.
enum { ACCEPTED = 1, FIRED = 2, DOOR_OPENED = 3, DOOR_CLOSED = 4, OPENED_AND_CLOSED = 1 };

static span scratch(world *world) { return (span){world->scratch.bytes, world->scratch.length}; }

static void put_request_id(world *world, box *box) {
  char id[48];
  snprintf(id, sizeof id, "h-%lld-%llu", (long long)box->locker->id, (unsigned long long)box->requests++);
  world->scratch.length = 0;
  put_text(&world->scratch, 1, id);
}

void box_request(world *world, box *box) {
  link *tablet = &world->tablets[box->locker->tablet];
  box->progress = REQUESTED;
  box->handover = 0;
  box->token_length = 0;
  box->is_redeem_answered = false;
  put_request_id(world, box);
  put_integer(&world->scratch, 2, box->locker->work_order);
  put_integer(&world->scratch, 3, box->direction);
  put_integer(&world->scratch, 4, box->locker->id);
  box->request_stream =
      peer_request(&tablet->peer, false, "latchkey.v1.HandoverService", "RequestHandover", scratch(world));
  peer_flush(&tablet->peer);
}

/// Once the hand-over has an id and the screen its QR.
static void redeem_when_ready(world *world, box *box) {
  if (box->progress != REQUESTED || box->handover == 0 || box->token_length == 0) return;
  link *tablet = &world->tablets[box->locker->tablet];
  box->progress = REDEEMED;
  put_request_id(world, box);
  put_integer(&world->scratch, 2, box->handover);
  put_bytes(&world->scratch, 3, box->token, box->token_length);
  box->redeem_stream =
      peer_request(&tablet->peer, false, "latchkey.v1.HandoverService", "RedeemHandover", scratch(world));
  box->redeemed_at = now_nano();
  peer_flush(&tablet->peer);
}

static void put_report(world *world, box *box, int64_t event, int64_t outcome) {
  buffer line = {0};
  put_integer(&line, 1, ++box->reports);
  put_integer(&line, 2, box->compartment);
  put_integer(&line, 3, box->command);
  put_integer(&line, 5, event);
  put_integer(&line, 6, outcome);
  put_bytes(&world->scratch, 1, line.bytes, line.length);
  free(line.bytes);
}

static void report(world *world, box *box) {
  box->report_stream = peer_request(&box->controller.peer, false, "latchkey.v1.LockerService", "Report",
                                    scratch(world));
  peer_flush(&box->controller.peer);
}

static void open_door(world *world, box *box) {
  box->progress = OPENED;
  world->scratch.length = 0;
  put_report(world, box, ACCEPTED, 0);
  put_report(world, box, FIRED, 0);
  put_report(world, box, DOOR_OPENED, 0);
  report(world, box);
}

static void close_door(world *world, box *box) {
  box->progress = CLOSED;
  world->scratch.length = 0;
  put_report(world, box, DOOR_CLOSED, 0);
  put_report(world, box, 0, OPENED_AND_CLOSED);
  report(world, box);
}

static void finish_when_done(world *world, box *box) {
  if (box->progress != CLOSED || box->report_stream != 0 || !box->is_redeem_answered) return;
  box->progress = RESTING;
  box->direction = box->direction == TAKE_OUT ? PUT_BACK : TAKE_OUT;
  world->completed_in_all++;
  if (world->is_measuring) world->completed++;
  if (!world->is_offered_by_rate) box_request(world, box);
}

static void take_command(world *world, box *box, span message) {
  field command, sequence, compartment;
  if (!find_field(message, 1, &command) || !find_field(command.bytes, 1, &sequence) ||
      !find_field(command.bytes, 2, &compartment)) {
    fail("a command without its numbers");
  }
  if (box->progress != REDEEMED) fail("locker %lld: a command that nobody asked for", (long long)box->locker->id);
  if (world->is_measuring && world->latency_count < MAXIMUM_SAMPLES) {
    world->latencies[world->latency_count++] = (double)(now_nano() - box->redeemed_at) / 1e3;
  }
  box->command = (int64_t)sequence.integer;
  box->compartment = (int64_t)compartment.integer;
  open_door(world, box);
}

static void take_view(world *world, box *box, span message) {
  field view = {0}, upper = {0}, token = {0};
  find_field(message, 1, &view);
  find_field(view.bytes, 5, &upper);
  if (!find_field(upper.bytes, 1, &token) || box->progress != REQUESTED) return;
  if (token.bytes.length > MAXIMUM_TOKEN) fail("a QR of %zu bytes", token.bytes.length);
  memcpy(box->token, token.bytes.bytes, token.bytes.length);
  box->token_length = token.bytes.length;
  redeem_when_ready(world, box);
}

static box *box_of_call(world *world, const link *tablet, uint32_t stream) {
  for (int i = 0; i < world->box_count; i++) {
    box *box = &world->boxes[i];
    if (&world->tablets[box->locker->tablet] != tablet) continue;
    if (box->request_stream == stream || box->redeem_stream == stream) return box;
  }
  fail("an answer that nobody waits for");
}

static void take_tablets_answer(world *world, const link *tablet, uint32_t stream, span answer) {
  box *box = box_of_call(world, tablet, stream);
  if (stream == box->redeem_stream) {
    box->redeem_stream = 0;
    box->is_redeem_answered = true;
    finish_when_done(world, box);
    return;
  }
  field handover, id;
  if (!find_field(answer, 1, &handover) || !find_field(handover.bytes, 1, &id)) fail("a hand-over without id");
  box->request_stream = 0;
  box->handover = (int64_t)id.integer;
  redeem_when_ready(world, box);
}

void world_take(world *world, link *link, const frame *frame) {
  if (frame->type == FRAME_DATA) {
    if (frame->flags & FLAG_NO_DATA) fail("the server has ended a stream");
    if (link->role == CONTROLLER) take_command(world, link->box, frame->data);
    if (link->role == SCREEN) take_view(world, link->box, frame->data);
    return;
  }
  span answer, status;
  if (!read_response(frame->data, &answer, &status)) fail_status("a call of the hand-over", status);
  if (link->role == TABLET) {
    take_tablets_answer(world, link, frame->stream, answer);
  } else if (link->role == CONTROLLER && frame->stream == link->box->report_stream) {
    link->box->report_stream = 0;
    if (link->box->progress == OPENED) {
      close_door(world, link->box);
    } else {
      finish_when_done(world, link->box);
    }
  }
}
