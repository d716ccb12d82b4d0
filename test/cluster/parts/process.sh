# Sourced: the cluster's processes, each known by the id and start time it wrote down in $cluster/pids/NAME.
# shellcheck shell=sh disable=SC2154 # shared with those who source it

# Starts components/NAME in the cluster's cgroup and namespaces; its output goes to $logs/NAME.log.
start() {
  rm -f "$cluster/pids/$1" # An earlier one's: who waits would take this one for dead.
  # A session of its own: Ctrl-C ends `up`, which then takes down what it started, in order.
  setsid "$here/parts/run" "$1" </dev/null >>"$logs/$1.log" 2>&1 8>&- &
}

# A process id is only believed together with its start time, for the kernel gives ids again. Sets `pid`.
is_running() {
  read -r pid started 2>/dev/null <"$cluster/pids/$1" && [ "$started" = "$(start_time "$pid")" ]
}

# For scripts that work on a running cluster.
require_up() {
  is_running namespaces || die "no cluster is up in $cluster. Bring it up: $here/up"
}

# Prints when a process started, in ticks since boot; nothing for a zombie or where there is none.
start_time() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
  # shellcheck disable=SC2086 # fields, after the name, which may hold blanks
  set -- ${stat##*) }
  [ "$1" = Z ] || printf '%s' "${20}"
}

# Ends NAME with SIGNAL, and with KILL where it is still there after five seconds.
stop() {
  is_running "$1" || return 0
  kill -s "$2" "$pid" 2>/dev/null
  for _ in $(seq 100); do
    is_running "$1" || return 0
    sleep 0.05
  done
  kill -s KILL "$pid" 2>/dev/null
}

# wait_for SECONDS NAME WHAT COMMAND…: until the command succeeds. Fails with NAME's last words.
wait_for() {
  seconds=$1 component=$2 what=$3
  shift 3
  deadline=$(($(date +%s) + seconds))
  until "$@" >/dev/null 2>&1; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      reason="not seen within $seconds s"
    elif [ -e "$cluster/pids/$component" ] && ! is_running "$component"; then
      reason="$component has exited"
    else
      sleep 0.1
      continue
    fi
    tail -n 20 "$logs/$component.log" >&2
    # A failed `up` ends in `down`, which removes the folder; the logs are what one wants then.
    rm -rf "$cluster.logs" && cp -r "$logs" "$cluster.logs"
    die "$what: $reason. Above: the end of $component's log. All logs: $cluster.logs/"
  done
}
