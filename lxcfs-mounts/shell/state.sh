# Sourced by the scripts of the agent and of its metrics. Runs as they do, and blocks on nothing.
# shellcheck shell=sh disable=SC2034,SC2154 # shared with those who source it

say() { printf '%s\n' "$*"; }

# Sets `now`: hundredths of a second since the node was started.
tell_time() {
  read -r now _ </proc/uptime
  now=${now%.*}${now#*.}
}

# Whether a process is there and no zombie.
is_alive() {
  [ "$1" ] && read -r _ _ state _ 2>/dev/null <"/proc/$1/stat" && [ "$state" != Z ]
}

# ends_within CENTISECONDS PROCESS: whether it does. Its status is there to be waited for.
ends_within() {
  tell_time
  until_then=$((now + $1))
  while is_alive "$2"; do
    [ "$now" -lt "$until_then" ] || return 1
    usleep 2000
    tell_time
  done
}

# measure PROCESS: sets `memory_kb` to its own memory, without files.
measure() {
  memory_kb=0
  while read -r key value _; do
    [ "$key" != RssAnon: ] || memory_kb=$value
  done 2>/dev/null <"/proc/$1/status"
}

# The agent says every second that it lives: when, by `tell_time`.
beat() {
  tell_time
  echo "$now" >"$exported/beat"
}
# is_heard CENTISECONDS: whether it has said so since then.
is_heard() {
  read -r last 2>/dev/null </exported/beat || return 1
  tell_time
  [ $((now - last)) -lt "$1" ]
}
