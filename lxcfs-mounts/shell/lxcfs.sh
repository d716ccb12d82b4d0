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
not_before=0 starts=0
have_reserve() {
  ! is_alive "$reserve" || return 0
  [ -z "$reserve" ] || hide_folder
  reserve=''
  tell_time
  [ -z "$lxcfs" ] || [ "$now" -ge "$not_before" ] || return 1
  starts=$((starts + 1))
  folder=$work/lxcfs-$starts
  start_lxcfs && check_lxcfs && return
  tell_time
  not_before=$((now + 6000))
  kill -s KILL "$reserve" 2>/dev/null
  reserve=''
  hide_folder
  return 1
}

# Returns once its folder is mounted. lxcfs leaves its working directory, so that all paths are absolute.
start_lxcfs() {
  mkdir "$folder"
  lxcfs --foreground --enable-loadavg --enable-cfs --pidfile "$folder.pid" "$folder" & reserve=$!
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

# Whether every file can be read, and a process in a pid namespace of its own sees the memory limit of this very container.
check_lxcfs() {
  limit_kb=$(own_limit_kb)
  [ "$limit_kb" ] || { say 'this container has no memory limit that lxcfs could be held against'; return 1; }
  # shellcheck disable=SC2086 # a list of words
  busybox sh "$here/see" "$folder" "$work/seen" $files & seer=$!
  tries=0
  while is_alive "$seer"; do
    tries=$((tries + 1))
    [ "$tries" -lt 1000 ] || { echo 1 >"/sys/fs/fuse/connections/$connection/abort"; say 'lxcfs did not answer within 5 s'; return 1; }
    usleep 5000
  done
  read -r seen 2>/dev/null <"$work/seen" || seen=''
  rm -f "$work/seen"
  [ "$seen" = "$limit_kb" ] || { say "lxcfs shows \"$seen\" as MemTotal, expected $limit_kb, the limit of this container (cgroup $cgroup)"; return 1; }
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
  ! is_alive "$healer" || [ "$armed" != "$lxcfs $next" ] || return 0
  disarm
  armed="$lxcfs $next"
  # shellcheck disable=SC2086 # a list of words
  "$here/layer" --after "$lxcfs" "$next" "$published" $no_surplus & healer=$!
}
disarm() {
  [ -z "$healer" ] || kill -s KILL "$healer" 2>/dev/null
  healer='' armed=''
}

# take_over: lxcfs has ended, and what was made ready is published or about to be.
take_over() {
  lived=$((now - shown_at))
  wait "$healer"
  healed=$?
  [ "$healed" = 0 ] || publish "$work/host"
  if [ "$healed" = 0 ] && [ "$armed" = "$lxcfs $folder" ] && is_alive "$reserve"; then
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
  disarm
  # A pod's first layer is one that lives as long as its node.
  is_any_bound || publish "$work/host"
  # shellcheck disable=SC2086 # a list of words
  publish "$folder" $1 || say 'not every file of lxcfs could be published'
  note_shown
}

note_shown() {
  printf '%s %s\n' "$reserve" "$connection" >"$running.new" && mv "$running.new" "$running"
  lxcfs=$reserve reserve=''
  tell_time
  shown_at=$now pause_s=1 is_up=1
  [ "$since" = 0 ] || note_heal
  export_metrics
  [ -d "$work/kept" ] || hide_folder
}

# Nobody finds the root of an lxcfs: only its files are left.
hide_folder() {
  umount -l "$folder" 2>/dev/null
  rmdir "$folder"
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
  if [ -d "$work/kept" ]; then
    ! is_kept_followed || { publish "$work/kept"; publish "$folder"; }
    forget_tops
    hide_folder
  fi
  renewed=$((renewed + 1))
  export_metrics
  { sleep "$after_s"; kill -s KILL "$worn"; } &
}
