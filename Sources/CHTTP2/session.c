#include <stdlib.h>
#include <string.h>

#include "session.h"

/// What belongs to no stream but to the connection.
enum { NO_STREAM = 0 };

static nghttp2_option *make_options(const ch2_limits *limits) {
  nghttp2_option *option;
  if (nghttp2_option_new(&option) != 0) return NULL;
  nghttp2_option_set_no_auto_window_update(option, 1);
  // A stream that is closed is in our list, or of no interest.
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_outbound_ack(option, limits->waiting_acknowledgements);
  nghttp2_option_set_stream_reset_rate_limit(option, limits->resets_at_once, limits->resets_a_second);
  return option;
}

/// The first SETTINGS. Priorities as RFC 7540 had them are announced not to be looked at.
static bool introduce(ch2_session *session) {
  const ch2_limits *limits = &session->limits;
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits->streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits->stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits->header_bytes},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  size_t count = sizeof settings / sizeof *settings;
  if (nghttp2_submit_settings(session->wire, NGHTTP2_FLAG_NONE, settings, count) != 0) return false;
  return nghttp2_session_set_local_window_size(session->wire, NGHTTP2_FLAG_NONE, NO_STREAM,
                                               (int32_t)limits->connection_window_bytes) == 0;
}

ch2_session *ch2_new(const ch2_limits *limits) {
  ch2_session *session = calloc(1, sizeof *session);
  if (session == NULL) return NULL;
  session->limits = *limits;
  order_init(&session->order);
  nghttp2_session_callbacks *callbacks = NULL;
  nghttp2_option *option = make_options(limits);
  if (option != NULL && nghttp2_session_callbacks_new(&callbacks) == 0) {
    set_callbacks(callbacks);
    nghttp2_session_server_new2(&session->wire, callbacks, session, option);
  }
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_option_del(option);
  if (session->wire != NULL && introduce(session)) return session;
  ch2_free(session);
  return NULL;
}

static void forget(ch2_stream *stream) {
  buffer_free(&stream->head);
  buffer_free(&stream->body);
  buffer_free(&stream->out);
  if (stream->owns_trailers) free(stream->trailers);
  free(stream);
}

void ch2_free(ch2_session *session) {
  // Nothing is called back about streams that end this way.
  nghttp2_session_del(session->wire);
  for (ch2_stream *stream = session->streams; stream != NULL;) {
    ch2_stream *after = stream->after;
    forget(stream);
    stream = after;
  }
  free(session);
}

/// What cannot be queued cannot be sent: the connection is closed instead.
static void must(ch2_session *session, int code) {
  if (code != 0) session->is_broken = true;
}

bool ch2_receive(ch2_session *session, const uint8_t *bytes, size_t count) {
  if (session->is_broken) return false;
  uint32_t error = NGHTTP2_NO_ERROR;
  size_t good = order_check(&session->order, bytes, count, &error);
  // Takes all, or fails: nothing pauses it.
  if (nghttp2_session_mem_recv(session->wire, bytes, good) < 0) session->is_broken = true;
  // From then on it reads nothing.
  if (error != NGHTTP2_NO_ERROR) must(session, nghttp2_session_terminate_session(session->wire, error));
  return !session->is_broken;
}

ch2_stream *ch2_next(ch2_session *session, uint32_t *news) {
  ch2_stream *stream = session->first_with_news;
  if (stream == NULL) return NULL;
  session->first_with_news = stream->next_with_news;
  if (session->first_with_news == NULL) session->last_with_news = NULL;
  stream->is_queued = false;
  *news = stream->news;
  stream->news = 0;
  return stream;
}

size_t ch2_send(ch2_session *session, uint8_t *buffer, size_t capacity) {
  size_t filled = 0;
  while (filled < capacity) {
    if (session->rest.count == 0) {
      ssize_t count = nghttp2_session_mem_send(session->wire, &session->rest.start);
      if (count < 0) session->is_broken = true;
      if (count <= 0) break;
      session->rest.count = (size_t)count;
    }
    size_t room = capacity - filled;
    size_t taken = session->rest.count < room ? session->rest.count : room;
    memcpy(buffer + filled, session->rest.start, taken);
    session->rest.start += taken;
    session->rest.count -= taken;
    filled += taken;
  }
  return filled;
}

bool ch2_is_over(const ch2_session *session) {
  if (session->rest.count > 0) return false;
  return session->is_broken ||
         (!nghttp2_session_want_read(session->wire) && !nghttp2_session_want_write(session->wire));
}

void ch2_announce_end(ch2_session *session) { must(session, nghttp2_submit_shutdown_notice(session->wire)); }

void ch2_end(ch2_session *session, ch2_code code, const char *why) {
  int32_t last = nghttp2_session_get_last_proc_stream_id(session->wire);
  size_t count = why != NULL ? strlen(why) : 0;
  must(session, nghttp2_submit_goaway(session->wire, NGHTTP2_FLAG_NONE, last, (uint32_t)code,
                                      (const uint8_t *)why, count));
}

void ch2_ping(ch2_session *session) {
  must(session, nghttp2_submit_ping(session->wire, NGHTTP2_FLAG_NONE, NULL));
}

uint64_t ch2_pings(const ch2_session *session) { return session->pings; }
uint64_t ch2_pongs(const ch2_session *session) { return session->pongs; }
uint64_t ch2_frames_sent(const ch2_session *session) { return session->frames_sent; }
uint64_t ch2_resets_sent(const ch2_session *session) { return session->resets_sent; }
size_t ch2_waiting_in_all(const ch2_session *session) { return session->waiting; }
uint64_t ch2_bytes_sent(const ch2_session *session) { return session->bytes_sent; }
ch2_stream *ch2_first(const ch2_session *session) { return session->streams; }
ch2_stream *ch2_after(const ch2_stream *stream) { return stream->after; }

// Streams ---------------------------------------------------------------------------------------------

void *ch2_owner(const ch2_stream *stream) { return stream->owner; }
void ch2_set_owner(ch2_stream *stream, void *owner) { stream->owner = owner; }
bool ch2_is_oversized(const ch2_stream *stream) { return stream->is_oversized; }
size_t ch2_waiting(const ch2_stream *stream) { return stream->out.count; }

ch2_bytes ch2_head(const ch2_stream *stream) {
  if (stream->head.count == 0) return (ch2_bytes){NULL, 0};
  return (ch2_bytes){buffer_bytes(&stream->head), stream->head.count};
}

void ch2_forget_head(ch2_stream *stream) { buffer_free(&stream->head); }

ch2_bytes ch2_take(ch2_stream *stream) {
  ch2_give_back(stream);
  ch2_bytes bytes = {buffer_bytes(&stream->body), stream->body.count};
  if (bytes.count == 0) return (ch2_bytes){NULL, 0};
  stream->has_lent = true;
  return bytes;
}

void ch2_give_back(ch2_stream *stream) {
  if (stream->has_lent) buffer_free(&stream->body);
  stream->has_lent = false;
}

void ch2_credit(ch2_stream *stream, size_t count) {
  if (count > stream->owed) count = stream->owed;
  if (count == 0) return;
  stream->owed -= count;
  must(stream->session, nghttp2_session_consume(stream->session->wire, stream->id, count));
}

enum { FIELDS_ON_THE_STACK = 16 };

static nghttp2_nv pair(const ch2_field *field) {
  return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)field->name.start,
                      .namelen = field->name.count,
                      .value = (uint8_t *)(uintptr_t)field->value.start,
                      .valuelen = field->value.count};
}

/// There is more for nghttp2 to read.
static void resume(ch2_stream *stream) {
  if (!stream->is_deferred) return;
  stream->is_deferred = false;
  must(stream->session, nghttp2_session_resume_data(stream->session->wire, stream->id));
}

static void finish(ch2_stream *stream) {
  stream->has_finished = true;
  // Nobody reads the rest of the request.
  ch2_credit(stream, stream->owed);
  resume(stream);
}

static void respond(ch2_stream *stream, const nghttp2_nv *pairs, size_t count, bool is_end) {
  nghttp2_data_provider provider = {.source = {.ptr = stream}, .read_callback = read_answer};
  stream->has_answer = true;
  must(stream->session, nghttp2_submit_response(stream->session->wire, stream->id, pairs, count,
                                                is_end ? NULL : &provider));
  if (is_end) finish(stream);
}

void ch2_respond(ch2_stream *stream, const ch2_field *fields, size_t count, bool is_end) {
  if (stream->is_closed || stream->has_answer) return;
  nghttp2_nv few[FIELDS_ON_THE_STACK] = {0};
  nghttp2_nv *pairs = count <= FIELDS_ON_THE_STACK ? few : calloc(count, sizeof *pairs);
  if (pairs == NULL) {
    must(stream->session, NGHTTP2_ERR_NOMEM);
    return;
  }
  for (size_t i = 0; i < count; i++) pairs[i] = pair(&fields[i]);
  respond(stream, pairs, count, is_end);
  if (pairs != few) free(pairs);
}

void ch2_respond_with(ch2_stream *stream, const ch2_block *fields, bool is_end) {
  if (stream->is_closed || stream->has_answer) return;
  respond(stream, fields->pairs, fields->count, is_end);
}

void ch2_write(ch2_stream *stream, const uint8_t *bytes, size_t count) {
  if (stream->is_closed || stream->has_finished || count == 0) return;
  bool is_kept = buffer_append(&stream->out, bytes, count);
  must(stream->session, is_kept ? 0 : NGHTTP2_ERR_NOMEM);
  if (is_kept) stream->session->waiting += count;
  resume(stream);
}

static size_t total_bytes(const ch2_field *fields, size_t count) {
  size_t size = 0;
  for (size_t i = 0; i < count; i++) size += fields[i].name.count + fields[i].value.count;
  return size;
}

/// Copies what fields point to behind the list of them, in one piece of memory.
static void copy(nghttp2_nv *pairs, const ch2_field *fields, size_t count) {
  uint8_t *next = (uint8_t *)(pairs + count);
  for (size_t i = 0; i < count; i++) {
    pairs[i] = pair(&fields[i]);
    memcpy(next, pairs[i].name, pairs[i].namelen);
    pairs[i].name = next;
    next += pairs[i].namelen;
    if (pairs[i].valuelen > 0) memcpy(next, pairs[i].value, pairs[i].valuelen);
    pairs[i].value = next;
    next += pairs[i].valuelen;
  }
}

ch2_block *ch2_block_new(const ch2_field *fields, size_t count) {
  ch2_block *block = malloc(sizeof *block + count * sizeof(nghttp2_nv) + total_bytes(fields, count));
  if (block == NULL) return NULL;
  block->count = count;
  copy(block->pairs, fields, count);
  for (size_t i = 0; i < count; i++) {
    block->pairs[i].flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  }
  return block;
}

void ch2_block_free(ch2_block *block) { free(block); }

void ch2_finish(ch2_stream *stream, const ch2_field *trailers, size_t count) {
  if (stream->is_closed || stream->has_finished) return;
  if (count > 0) {
    stream->trailers = malloc(count * sizeof(nghttp2_nv) + total_bytes(trailers, count));
    must(stream->session, stream->trailers != NULL ? 0 : NGHTTP2_ERR_NOMEM);
  }
  if (stream->trailers != NULL) {
    copy(stream->trailers, trailers, count);
    stream->trailer_count = count;
    stream->owns_trailers = true;
  }
  finish(stream);
}

void ch2_finish_with(ch2_stream *stream, const ch2_block *trailers) {
  if (stream->is_closed || stream->has_finished) return;
  // Only read: what is not copied nghttp2 does not change either.
  stream->trailers = (nghttp2_nv *)(uintptr_t)trailers->pairs;
  stream->trailer_count = trailers->count;
  finish(stream);
}

void ch2_reset(ch2_stream *stream, ch2_code code) {
  if (stream->is_closed) return;
  if (code == CH2_NO_ERROR && stream->has_finished && !stream->is_answer_sent) {
    stream->is_to_stop = true;
    return;
  }
  stream->has_finished = true;
  must(stream->session, nghttp2_submit_rst_stream(stream->session->wire, NGHTTP2_FLAG_NONE, stream->id,
                                                  (uint32_t)code));
}

void ch2_ask_for_room(ch2_stream *stream, size_t bytes) {
  stream->room_mark = bytes;
  stream->wants_room = true;
}

void ch2_release(ch2_stream *stream) {
  ch2_session *session = stream->session;
  if (stream->before != NULL) {
    stream->before->after = stream->after;
  } else {
    session->streams = stream->after;
  }
  if (stream->after != NULL) stream->after->before = stream->before;
  forget(stream);
}
