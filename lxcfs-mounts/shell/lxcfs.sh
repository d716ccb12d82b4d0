# Sourced by the agent, as root: starts lxcfs, looks whether it tells the truth, shows its files, replaces it before it grows too large.
# Blocks on lxcfs for 5 s at most.
# shellcheck shell=sh disable=SC2034,SC2154 # shared with those who source it

# One that has more is replaced: 5.0.3 loses some kilobytes with each read of cpuinfo or cpu/online. The container's limit is for three.
most_memory_kb=49152

# Reads that have begun are over by then; who keeps a file open has to open it again.
after_s=2

version=$(lxcfs --version 2>&1 | tr -d '"' | tail -n 1)
if grep -q '^[0-9]*:[^:]*memory' /proc/self/cgroup; then cgroup=v1; else cgroup=v2; fi

# have_reserve: there is an lxcfs that can be shown, or one is started. Fails where it tells no truth, and before it is time to try again.
not_before=0 starts=0 connection=''
have_reserve() {
  ! is_alive "$reserve" || return 0
  [ -z "$reserve" ] || hide_folder
  reserve=''
  tell_time
  [ -z "$lxcfs" ] || [ "$now" -ge "$not_before" ] || return 1
  starts=$((starts + 1))
  folder=$work/lxcfs-$starts
  start_lxcfs && check_lxcfs && return
  drop_reserve
  return 1
}

# The one in reserve is no good. Whoever waits for it is freed by the end of its connection.
drop_reserve() {
  [ -z "$connection" ] || echo 1 2>/dev/null >"/sys/fs/fuse/connections/$connection/abort"
  kill -s KILL "$reserve" 2>/dev/null
  hide_folder
  tell_time
  reserve='' not_before=$((now + 1000))
}

# Returns once its folder is mounted. lxcfs leaves its working directory, so that all paths are absolute.
start_lxcfs() {
  connection=''
  mkdir "$folder"
  mkfifo "$folder.log"
  tell_what_matters <"$folder.log" &
  lxcfs --foreground --enable-loadavg --enable-cfs --pidfile "$folder.pid" "$folder" >"$folder.log" 2>&1 & reserve=$!
  tries=0
  until grep -q " $folder " "$proc/self/mountinfo"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 1000 ] || ! is_alive "$reserve"; then
      say "lxcfs did not start within 5 s"
      return 1
    fi
    usleep 5000
  done
  make_source "$folder"
  # The number of its FUSE connection is the minor of the mount's device.
  connection=$(awk -v place="$folder" '$5 == place { sub(/.*:/, "", $3); print $3 }' "$proc/self/mountinfo")
}

# Of what lxcfs says: at each start it lists all that it can.
tell_what_matters() {
  while read -r line; do
    case $line in
      '- '* | 'Running constructor '* | 'mount namespace: '* | hierarchies: | *': fd: '* | 'Kernel supports '* | api_extensions: | 'Ignoring invalid max threads '*) ;;
      *) say "lxcfs says: $line" ;;
    esac
  done
}

# Whether every file can be read, and a process in a pid namespace of its own sees the memory limit of this very container.
check_lxcfs() {
  limit_kb=$(own_limit_kb)
  [ "$limit_kb" ] || { say 'this container has no memory limit that lxcfs could be held against'; return 1; }
  # shellcheck disable=SC2086 # a list of words
  busybox sh "$here/see" "$folder" "$work/seen" $files & seer=$!
  ends_within 500 "$seer" || { say 'lxcfs did not answer within 5 s'; return 1; }
  read -r seen 2>/dev/null <"$work/seen" || seen=''
  rm -f "$work/seen"
  [ "$seen" = "$limit_kb" ] || { say "lxcfs shows \"$seen\" as MemTotal, expected $limit_kb, the limit of this container (cgroup $cgroup)"; return 1; }
}

# Where memory is used up the kubelet has all of a container killed on version 2: here lxcfs alone has to go.
spare_us() {
  group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/memory.oom.group
  [ ! -e "$group" ] || echo 0 >"$group"
}

# Of memory. Version 2 has one hierarchy; beside it, or alone, version 1 has one for memory.
own_limit_kb() {
  path=$(sed -n 's/^[0-9]*:\(.*,\)\{0,1\}memory\(,.*\)\{0,1\}:\(.*\)/\3/p' /proc/self/cgroup)
  if [ "$path" ]; then
    limit=/sys/fs/cgroup/memory$path/memory.limit_in_bytes
  else
    limit=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/memory.max
  fi
  read -r bytes <"$limit" && [ "$bytes" != max ] && [ ${#bytes} -lt 16 ] && printf '%s\n' $((bytes / 1024))
}

# Makes ready for the end of the lxcfs that is shown: the files of the one in reserve, or else the node's own, are published in that moment.
arm() {
  if is_alive "$reserve"; then next=$folder; else next=$work/host; fi
  is_alive "$healer" || healer='' armed=''
  [ "$armed" != "$lxcfs $next" ] || return 0
  before=$healer ready=$work/armed-$lxcfs-$starts
  # shellcheck disable=SC2086 # a list of words
  "$here/layer" --after "$lxcfs" "$ready" "$next" "$published" $no_surplus & healer=$!
  tell_time
  until_then=$((now + 200))
  until [ -e "$ready" ] || ! is_alive "$healer" || [ "$now" -ge "$until_then" ]; do
    usleep 2000
    tell_time
  done
  if [ -e "$ready" ] || [ "$next" = "$work/host" ]; then
    # Not before the next one is ready to take its place.
    [ -z "$before" ] || kill -s KILL "$before" 2>/dev/null
    armed="$lxcfs $next"
  else
    say 'the lxcfs in reserve does not let its files be looked up'
    kill -s KILL "$healer" 2>/dev/null
    healer=$before
    drop_reserve
  fi
  rm -f "$ready"
}
disarm() {
  [ -z "$healer" ] || kill -s KILL "$healer" 2>/dev/null
  healer='' armed=''
}

# take_over: lxcfs has ended, and what was made ready is published or about to be.
take_over() {
  lived=$((now - shown_at)) healed=1
  ends_within 200 "$healer" && { wait "$healer"; healed=$?; }
  [ "$healed" = 0 ] || { kill -s KILL "$healer" 2>/dev/null; publish "$work/host"; }
  if [ "$healed" = 0 ] && [ "$armed" = "$lxcfs $folder" ] && is_alive "$reserve"; then
    # Two may have waited for the same end, while one took the place of the other.
    is_on_top "$connection" || publish "$folder"
    note_shown
  else
    # What was published may be as dead by now.
    [ "$armed" = "$lxcfs $work/host" ] || publish "$work/host"
    rm -f "$running"
    lxcfs='' is_up=0
    say "pods see the node's own files"
  fi
  healer='' armed=''
  # Whatever ends at once would else be started a hundred times a second.
  [ "$lived" -ge 50 ] || not_before=$((now + 1000))
}

# show_reserve SURPLUS: publishes the files of the one in reserve, which is the one that is shown then.
show_reserve() {
  # A pod's first layer is one that lives as long as its node.
  is_any_bound || publish "$work/host"
  # shellcheck disable=SC2086 # a list of words
  publish "$folder" $1
  published_by=$?
  if [ "$published_by" != 0 ]; then
    say 'the files of lxcfs could not all be published'
    drop_reserve
    # Some of them are of the one that was just dropped.
    [ "$published_by" = 2 ] || { publish "$work/host"; [ -z "$lxcfs" ] || kill -s KILL "$lxcfs"; }
    return 1
  fi
  disarm
  note_shown
}

note_shown() {
  printf '%s %s\n' "$reserve" "$connection" >"$running.new" && mv "$running.new" "$running"
  lxcfs=$reserve reserve=''
  tell_time
  shown_at=$now pause_s=1 is_up=1
  after=$([ "$since" = 0 ] || echo ", $(((now - since) * 10)) ms after there was none")
  [ "$since" = 0 ] || note_heal
  export_metrics
  say "lxcfs $version is right and shown, cgroup $cgroup, $layers layers$after"
  [ -d "$work/kept" ] || hide_folder
}

# Nobody finds the root of an lxcfs: only its files are left.
hide_folder() {
  umount -l "$folder" 2>/dev/null
  rmdir "$folder"
  rm -f "$folder.log" "$folder.pid"
}

# measure PROCESS: sets `memory_kb` to its own memory, without files.
page_kb=$(sed -n 's/^KernelPageSize: *\([0-9]*\) kB$/\1/p' /proc/self/smaps | head -n 1)
measure() {
  memory_kb=0
  read -r _ resident shared _ 2>/dev/null <"/proc/$1/statm" || return 0
  memory_kb=$(((resident - shared) * page_kb))
}

# Puts another one in its place without a gap, when it has grown large or layers have piled up. Each umount takes the kernel a moment, in which
# readers see what it uncovers; where few could be taken off, the next look is ten minutes later, for it goes through all processes.
renew_if_worn() {
  surplus=$no_surplus
  tell_time
  measure "$lxcfs"
  if [ "$layers" -ge "$most_layers" ] && [ "$now" -ge "$thin_at" ] && have_reserve; then
    keep_tops
    surplus=$(surplus_of "$(followed_groups)")
    thin_at=$((now + 2000))
    of_uptime=${surplus#*proc/uptime }
    [ "${of_uptime%% *}" -ge $((most_layers / 2)) ] || { forget_tops; thin_at=$((now + 60000)); return; }
  elif [ "$memory_kb" -lt "$most_memory_kb" ] || ! have_reserve; then
    return
  fi
  worn=$lxcfs
  say "lxcfs has $memory_kb kB and each file $layers layers: the next one takes its place"
  show_reserve "$surplus"
  shown=$?
  if [ -d "$work/kept" ]; then
    ! is_kept_followed || { publish "$work/kept"; [ "$shown" != 0 ] || publish "$folder"; }
    forget_tops
    [ "$shown" != 0 ] || hide_folder
  fi
  [ "$shown" = 0 ] || return
  renewed=$((renewed + 1))
  export_metrics
  # Whoever floods it is not waited for.
  [ "$memory_kb" -lt $((2 * most_memory_kb)) ] || kill -s KILL "$worn" 2>/dev/null
  { sleep "$after_s"; read -r name 2>/dev/null <"/proc/$worn/comm" && [ "$name" = lxcfs ] && kill -s KILL "$worn"; } &
}
