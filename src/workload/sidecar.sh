#!/bin/sh
# The idle half of the injected container that keeps a certificate fresh: a shell asleep, because Node would cost 50 MiB.
# usage: SIGNET_DIRECTORY=DIRECTORY sidecar.sh PROGRAM [ARG ...]
# Runs PROGRAM when it is due. PROGRAM leaves in DIRECTORY/..wake when it wants to run next, in seconds since the epoch.

wake=${SIGNET_DIRECTORY:?}/..wake

child=
stop() {
  [ -n "$child" ] && kill "$child" 2>/dev/null
  exit 0
}
trap stop TERM INT

# A signal is only seen at once by `wait`, never by a command in the foreground.
await() {
  "$@" &
  child=$!
  wait "$child"
  child=
}

# Never asleep for longer, so that a node that was suspended or a clock that was set is noticed.
longest=600
# The program never asks for more: a later time is from a clock that was wrong.
furthest=3600

while :; do
  now=$(date +%s)
  next=0
  [ -r "$wake" ] && read -r next <"$wake"
  case $next in '' | *[!0-9]*) next=0 ;; esac
  if [ "$next" -le "$now" ] || [ "$next" -gt $((now + furthest)) ]; then
    await "$@"
    now=$(date +%s)
    [ -r "$wake" ] && read -r next <"$wake"
    # A program that could not even say when it wants to run again, such as one that was killed for its memory.
    case $next in '' | *[!0-9]*) next=0 ;; esac
    [ "$next" -le "$now" ] && next=$((now + 10))
  fi
  pause=$((next - now))
  [ "$pause" -gt "$longest" ] && pause=$longest
  await sleep "$pause"
done
