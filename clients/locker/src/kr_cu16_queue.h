/// kr_cu16_queue.h — the unlocks of one board that wait for the line, and the rest that each coil needs.
/// Pure.
///
/// A lock machine believes that its pulse starts when it asks for one; the frame leaves when the line is
/// free. The coil's rest is counted from the frame, so that waiting for the line never shortens it.
#ifndef LOCKER_KR_CU16_QUEUE_H
#define LOCKER_KR_CU16_QUEUE_H

#include "kr_cu16_frame.h"

/// All zero is an empty queue of rested coils.
typedef struct {
  uint16_t waiting;  ///< a bit a lock
  uint64_t deadline_ms[KR_LOCKS];
  uint64_t rested_ms[KR_LOCKS];  ///< no unlock leaves before it
} kr_queue;

/// Adds an unlock that may leave before `deadline_ms`, in the place of one that waits for the same lock.
void kr_queue_add(kr_queue *queue, unsigned lock, uint64_t deadline_ms);

/// Takes out what is too late now; returns it, a bit a lock.
uint16_t kr_queue_drop_late(kr_queue *queue, uint64_t now_ms);

/// Takes out the first unlock whose coil has rested; the coil then rests until `rested_ms`. Returns the lock,
/// or KR_LOCKS when there is none.
unsigned kr_queue_take(kr_queue *queue, uint64_t now_ms, uint64_t rested_ms);

/// Forgets what waits; coils rest on.
void kr_queue_clear(kr_queue *queue);

/// When the next unlock may leave; CLOCK_NEVER when none waits.
uint64_t kr_queue_wake_up_ms(const kr_queue *queue);

#endif
