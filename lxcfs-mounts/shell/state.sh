# Sourced by the scripts of the agent and of its metrics. Runs as they do, and blocks on nothing.
# shellcheck shell=sh disable=SC2034,SC2154 # shared with those who source it

say() { printf '%s\n' "$*"; }

# Sets `now`: hundredths of a second since the node was started.
tell_time() {
  read -r now _ </proc/uptime
  now=${now%.*}${now#*.}
}

# Whether a process is there and has not ended: of a zombie no program can be told. One call, where its state takes three hundred: `read` asks
# for each byte.
is_alive() {
  [ "$1" ] && [ -e "/proc/$1/exe" ]
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
