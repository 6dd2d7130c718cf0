/// lock.h — the lock of one compartment as a pure state machine (L2, L3).
///
/// The locker controller drives its board with it; the server runs the same machine to judge what it
/// is told. One `lk_lock` per compartment, owned by the caller, used by one thread at a time. The
/// machine has no clock: `now_ms` comes in with each input, from one clock that never runs backwards
/// (an earlier `now_ms` than the last one counts as the last one). A lock keeps one configuration while a
/// command is in work.
///
///     state      on                                   becomes
///     UNREAD     door reads closed, open              CLOSED, FORCED (alarm)
///     CLOSED     unlock                               COOLING; in the same step PULSING if the coil is cool
///                door opens                           FORCED (alarm)
///     COOLING    coil cool and a retry's window over  PULSING; expired by then: CLOSED
///                door opens                           OPEN after a first pulse, else FORCED (alarm)
///     PULSING    pulse over, door opens               WAITING, OPEN
///     WAITING    door opens                           OPEN
///                window over                          COOLING after the first pulse, else CLOSED (jammed)
///     OPEN       door closes, left_open_ms over       CLOSED, LEFT_OPEN (alarm)
///     LEFT_OPEN  door closes                          CLOSED
///     FORCED     door closes                          CLOSED
///     any        board error                          UNREAD
///
/// A door is in time when it first reads open within the window: the window's end waits until that reading
/// has been debounced, or contradicted.
///
/// Order within one step: timers that fell due before `now_ms`, by due time; the input; what falls due at
/// `now_ms` (item before door before the command's own timer, so that at the same instant a sensor wins);
/// last a pulse. A pulse that is overdue starts at `now_ms`, never in the past, and never after its
/// command expired. So a late tick yields what punctual ticks would have yielded, up to the first pulse.
/// Outputs come cause first: an event, then the outcome that follows from it.
///
/// What it guarantees, whatever the inputs:
///   - a pulse starts only for a command that was given by LK_INPUT_UNLOCK and has not expired;
///   - a pulse is `pulse_ms` long and the next one starts at least `cool_down_ms` after it ended;
///   - at most two pulses a command (one retry);
///   - each command given gets exactly one LK_OUTPUT_OUTCOME; a repeated command id that is in work
///     gets nothing more. (An id that is no longer in work counts as a new command: remembering ids is
///     the caller's part.)
#ifndef CCORE_LOCK_H
#define CCORE_LOCK_H

#include <ccore/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  LK_LOCK_PULSE_MINIMUM_MS = 200,
  LK_LOCK_PULSE_MAXIMUM_MS = 600,
  LK_LOCK_COOL_DOWN_MINIMUM_MS = 500,
  LK_LOCK_COOL_DOWN_MAXIMUM_MS = 60000,
  LK_LOCK_OPEN_WINDOW_MAXIMUM_MS = 10000,
  LK_LOCK_LEFT_OPEN_MINIMUM_MS = 1000,
  LK_LOCK_LEFT_OPEN_MAXIMUM_MS = 3600000,
  LK_LOCK_DEBOUNCE_MAXIMUM_MS = 1000,
  LK_LOCK_MAXIMUM_PULSES = 2  ///< a command: the first and one retry
};

/// Times in milliseconds. `lk_lock_config_is_valid` holds the ranges.
typedef struct {
  uint32_t pulse_ms;        ///< coil energised; 200–600, default 400
  uint32_t cool_down_ms;    ///< from the end of a pulse to the next start; 500–60,000, default 2,000
  uint32_t open_window_ms;  ///< from the start of a pulse until the door must read open; more than
                            ///< pulse_ms, at most 10,000; default 5,000
  uint32_t left_open_ms;    ///< from opening until the alarm; 1,000–3,600,000, default 60,000
  uint32_t debounce_ms;     ///< a sensor change counts when it has held this long; 0–1,000, default 50;
                            ///< 0 means at once
} lk_lock_config;

/// The defaults named above.
lk_lock_config lk_lock_config_default(void);

/// True when every time is in its range.
LK_MUST_USE bool lk_lock_config_is_valid(const lk_lock_config *config);

typedef enum {
  LK_LOCK_UNREAD = 0,  ///< the door sensor has not been read since start or since a board error
  LK_LOCK_CLOSED,      ///< closed, nothing in work
  LK_LOCK_COOLING,     ///< a command waits for the coil to cool before its (next) pulse
  LK_LOCK_PULSING,     ///< the coil is energised
  LK_LOCK_WAITING,     ///< pulse over, door still closed, window to open not over
  LK_LOCK_OPEN,        ///< opened by a command, not yet closed
  LK_LOCK_LEFT_OPEN,   ///< the same, for longer than left_open_ms
  LK_LOCK_FORCED       ///< open without a command
} lk_lock_state;
enum { LK_LOCK_STATES = 8 };

typedef enum {
  LK_INPUT_UNLOCK = 0,   ///< `command_id`, `expire_ms`: no pulse starts at or after it. Id 0 names no
                         ///< command and does nothing
  LK_INPUT_DOOR,         ///< `flag`: the door sensor reads open (true) or closed (false)
  LK_INPUT_ITEM,         ///< `flag`: the item sensor reads present (true) or absent (false)
  LK_INPUT_TICK,         ///< time has passed
  LK_INPUT_BOARD_ERROR   ///< the board did not answer or answered nonsense: sensors are unknown
} lk_input_kind;
enum { LK_INPUT_KINDS = 5 };

/// Fields that the kind does not name are ignored.
typedef struct {
  lk_input_kind kind;
  bool flag;
  uint64_t command_id;
  uint64_t expire_ms;
} lk_input;

typedef enum {
  LK_EVENT_ACCEPTED = 1,  ///< command taken in work
  LK_EVENT_FIRED,         ///< a pulse was started
  LK_EVENT_DOOR_OPENED,   ///< by the command
  LK_EVENT_DOOR_CLOSED,   ///< after it was open, by command or forced
  LK_EVENT_ITEM_IN,
  LK_EVENT_ITEM_OUT,
  LK_EVENT_LEFT_OPEN,     ///< alarm: open for longer than left_open_ms
  LK_EVENT_FORCED,        ///< alarm: opened, or found open, without a command's pulse
  LK_EVENT_BOARD_ERROR
} lk_event;

typedef enum {
  LK_OUTCOME_OPENED_AND_CLOSED = 1,
  LK_OUTCOME_JAMMED,   ///< fired, never opened
  LK_OUTCOME_REFUSED,  ///< never fired; see lk_refusal
  LK_OUTCOME_EXPIRED,  ///< accepted, but its time was over before the coil had cooled; never fired
  LK_OUTCOME_UNKNOWN   ///< fired, but the board was lost before the door's story ended
} lk_outcome;

/// Where several hold: expired before board before busy.
typedef enum {
  LK_REFUSAL_NONE = 0,
  LK_REFUSAL_BUSY,     ///< another command is in work here, or the door is open (or was forced open before
                       ///< this command's first pulse)
  LK_REFUSAL_EXPIRED,  ///< given at or after its expiry
  LK_REFUSAL_BOARD     ///< the door sensor cannot be read, or could no longer before the first pulse
} lk_refusal;

typedef enum { LK_ITEM_UNKNOWN = 0, LK_ITEM_ABSENT, LK_ITEM_PRESENT } lk_item;

typedef enum { LK_OUTPUT_PULSE = 1, LK_OUTPUT_EVENT, LK_OUTPUT_OUTCOME } lk_output_kind;

typedef struct {
  lk_output_kind kind;
  uint64_t command_id;  ///< 0 for events that belong to no command: always FORCED and BOARD_ERROR, and
                        ///< door and item events while none is in work
  uint32_t pulse_ms;    ///< LK_OUTPUT_PULSE: energise the coil this long; the board ends it
  lk_event event;       ///< LK_OUTPUT_EVENT
  lk_outcome outcome;   ///< LK_OUTPUT_OUTCOME
  lk_refusal refusal;   ///< with LK_OUTCOME_REFUSED
  lk_item item;         ///< what the item sensor says, with outcomes and item events; else UNKNOWN
} lk_output;

enum { LK_LOCK_MAXIMUM_OUTPUTS = 8 };

/// What one input led to, in order. At most LK_LOCK_MAXIMUM_OUTPUTS; the machine asserts it.
typedef struct {
  lk_output list[LK_LOCK_MAXIMUM_OUTPUTS];
  size_t count;
} lk_outputs;

/// The machine. Fields are for lock.c and its tests; others read them through the functions below.
typedef struct {
  lk_lock_state state;
  lk_item item;            ///< debounced; the first reading after UNREAD sets it without an event
  uint64_t now_ms;         ///< of the last input
  uint64_t command_id;     ///< in work, or 0
  uint64_t expire_ms;      ///< of the command in work
  uint64_t pulse_start_ms; ///< of the latest pulse
  uint64_t cool_until_ms;  ///< no pulse starts before it
  uint64_t opened_ms;      ///< OPEN, LEFT_OPEN, FORCED: since when
  uint8_t pulses;          ///< of the command in work: 0, 1 or 2
  bool has_pulsed;         ///< pulse_start_ms and cool_until_ms mean something
  bool door_pending;       ///< a door change is being debounced
  bool door_pending_open;
  bool item_pending;
  bool item_pending_present;
  uint64_t door_pending_ms;///< since when
  uint64_t item_pending_ms;
} lk_lock;

/// A lock of which nothing is known yet: LK_LOCK_UNREAD.
void lk_lock_init(lk_lock *lock);

/// The same for a lock whose coil may have been energised until just now by somebody who left no memory of
/// it, such as a process that was killed: no pulse starts before one begun at `now_ms` would have cooled
/// down. `config` must be valid (asserted).
void lk_lock_init_hot(lk_lock *lock, const lk_lock_config *config, uint64_t now_ms);

/// Applies one input at `now_ms` and writes what follows from it. Timers that fell due before `now_ms`
/// take effect first. Every (state, input) pair is decided; none is an error. `config` must be valid
/// (asserted). `*outputs` is overwritten.
void lk_lock_apply(lk_lock *lock, const lk_lock_config *config, lk_input input, uint64_t now_ms,
                   lk_outputs *outputs);

/// When the machine next wants LK_INPUT_TICK, or UINT64_MAX when only an input can change it. Exact: no
/// tick before it changes anything, a tick at it does, and after any step it lies after that step's time.
LK_MUST_USE uint64_t lk_lock_wake_up(const lk_lock *lock, const lk_lock_config *config);

enum { LK_LOCK_SAVED_BYTES = 80 };

/// Writes the machine in a layout of fixed size and byte order, so that the server can keep it. A checksum
/// finds damage; it does not protect against somebody who wants to deceive.
void lk_lock_save(const lk_lock *lock, uint8_t saved[LK_LOCK_SAVED_BYTES]);

/// Reads what `lk_lock_save` wrote. Returns 0, or -1 when the bytes are not a saved machine: wrong length,
/// damaged, of another version, or with fields that contradict each other. `*lock` is then untouched.
LK_MUST_USE int lk_lock_load(lk_lock *lock, const uint8_t *saved, size_t length);

#ifdef __cplusplus
}
#endif
#endif
