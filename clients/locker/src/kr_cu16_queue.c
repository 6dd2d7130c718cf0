#include "kr_cu16_queue.h"

#include <assert.h>

#include "clock.h"

static bool waits(const kr_queue *queue, unsigned lock) { return (queue->waiting >> lock & 1) != 0; }

static void take_out(kr_queue *queue, unsigned lock) {
  queue->waiting = (uint16_t)(queue->waiting & ~(1u << lock));
}

void kr_queue_add(kr_queue *queue, unsigned lock, uint64_t deadline_ms) {
  assert(lock < KR_LOCKS);
  queue->waiting = (uint16_t)(queue->waiting | 1u << lock);
  queue->deadline_ms[lock] = deadline_ms;
}

uint16_t kr_queue_drop_late(kr_queue *queue, uint64_t now_ms) {
  const uint16_t before = queue->waiting;
  for (unsigned lock = 0; lock < KR_LOCKS; lock++) {
    if (waits(queue, lock) && now_ms >= queue->deadline_ms[lock]) take_out(queue, lock);
  }
  return (uint16_t)(before ^ queue->waiting);
}

unsigned kr_queue_take(kr_queue *queue, uint64_t now_ms, uint64_t rested_ms) {
  for (unsigned lock = 0; lock < KR_LOCKS; lock++) {
    if (!waits(queue, lock) || now_ms < queue->rested_ms[lock]) continue;
    take_out(queue, lock);
    queue->rested_ms[lock] = rested_ms;
    return lock;
  }
  return KR_LOCKS;
}

void kr_queue_clear(kr_queue *queue) { queue->waiting = 0; }

uint64_t kr_queue_wake_up_ms(const kr_queue *queue) {
  uint64_t next_ms = CLOCK_NEVER;
  for (unsigned lock = 0; lock < KR_LOCKS; lock++) {
    if (waits(queue, lock)) next_ms = clock_earlier(next_ms, queue->rested_ms[lock]);
  }
  return next_ms;
}
