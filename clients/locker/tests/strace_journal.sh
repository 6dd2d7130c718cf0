#!/bin/sh
# Shows, with strace, that "firing" is on disk before the unlock frame is written to the board (S5): the
# journal's fdatasync has returned 0, after the write of the record, before the frame leaves. The programs are
# the shipped ones, without sanitizers.
#
#   PROGRAMS=build-directory PYTHON=python3 sh tests/strace_journal.sh
#
# Fails without a strace that may trace; LATCHKEY_SKIP_STRACE=1 leaves it out.
set -eu
here=$(dirname "$0")

if [ "${LATCHKEY_SKIP_STRACE:-}" = 1 ]; then
  echo "strace_journal.sh: skipped: LATCHKEY_SKIP_STRACE=1"
  exit 0
fi
if ! command -v strace >/dev/null 2>&1 || ! strace -qq -o /dev/null true; then
  echo "strace_journal.sh: strace is not there or may not trace; LATCHKEY_SKIP_STRACE=1 leaves it out" >&2
  exit 1
fi

trace=$(mktemp)
trap 'rm -f "$trace"' EXIT
"${PYTHON:-python3}" "$here/one_drop.py" "$trace"

awk -v quote='"' '
  /^[0-9]+ +writev?\([0-9]+<[^>]*\/journal>/ {
    dirty = 1
    if (index($0, "\\x4c\\x4b\\x4a\\x31\\x03")) { firing = NR; on_disk = 0 }  # magic, RECORD_FIRING
  }
  /fdatasync\([0-9]+<[^>]*\/journal>\) += 0/ { dirty = 0; if (firing) on_disk = 1 }
  BEGIN { unlock = quote "\\\\x02\\\\x[0-9a-f][0-9a-f]\\\\x31\\\\x03" }
  /^[0-9]+ +writev?\([0-9]+<\/dev\/pts\/[0-9]+>/ && match($0, unlock) {
    unlocks++
    if (dirty || !on_disk) {
      print "an unlock frame left before its record was on disk, line " NR ": " $0
      bad = 1
    }
    firing = 0
    on_disk = 0
  }
  END {
    if (unlocks != 2) { print "expected 2 unlock frames, saw " unlocks + 0; bad = 1 }
    if (!bad) print "strace_journal.sh: 2 unlock frames, each after the fdatasync of its record"
    exit bad
  }' "$trace"
