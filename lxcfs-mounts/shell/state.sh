# Sourced by the scripts of the agent. Runs as they do, and blocks on nothing.
# shellcheck shell=sh disable=SC2034 # shared with those who source it

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

# measure PROCESS: sets `memory_kb` to its own memory, without files.
measure() {
  memory_kb=0
  while read -r key value _; do
    [ "$key" != RssAnon: ] || memory_kb=$value
  done 2>/dev/null <"/proc/$1/status"
}
