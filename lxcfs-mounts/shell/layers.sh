# Sourced by the agent, as root: layers of mounts on the published files. Blocks on nothing: no file of lxcfs is opened here.
# shellcheck shell=sh disable=SC2034,SC2154 # shared with those who source it

# As policy/lxcfs/files.ts has them; a test holds the two equal.
files='proc/cpuinfo proc/meminfo proc/stat proc/diskstats proc/swaps proc/uptime proc/loadavg sys/devices/system/cpu/online'
# shellcheck disable=SC2086 # a list of words
no_surplus=$(printf '%s 0 ' $files)

# Of each file, before some are taken off: they are in the list of mounts of every pod.
most_layers=20

# A folder of our own that no propagation reaches. A source of a layer that were a peer of the node's /proc would have lxcfs wait for
# itself. A layer inherits from its source that it is read-only; a pod cannot make what comes by propagation so.
prepare() {
  mount -t tmpfs -o size=1m,mode=700 greenroom-lxcfs "$work" &&
    mount --make-private "$work" &&
    mkdir -p "$work/host/proc" "$work/host/sys" &&
    mount -o bind /proc "$work/host/proc" && make_source "$work/host/proc" &&
    mount -o bind /sys "$work/host/sys" && make_source "$work/host/sys"
}

# make_source FOLDER: of a mount what layers may be made of.
make_source() {
  mount --make-private "$1" && mount -o remount,bind,ro "$1"
}

is_any_bound() { grep -q " $published/[^ ]* " "$proc/self/mountinfo"; }

# Where nothing was ever bound there is a FIFO: no hostPath of `type: File` takes it, so pods wait for what comes.
make_places() {
  for file in $files; do
    ! grep -q " $published/$file " "$proc/self/mountinfo" || continue
    mkdir -p "$published/${file%/*}"
    rm -f "$published/$file"
    mkfifo -m 444 "$published/$file"
  done
}

# publish FOLDER [FILE SURPLUS]...: one more layer on each file, of the files in FOLDER, in place of as many surplus ones. Fails with 1
# where not every file could be bound, with 2 where none was: the files of an lxcfs could not be looked up within 2 s.
publish() {
  from=$1
  shift
  # shellcheck disable=SC2086 # a list of words
  [ $# -gt 0 ] || set -- $no_surplus
  "$here/layer" "$from" "$published" "$@" & layering=$!
  ends_within 200 "$layering" || { kill -s KILL "$layering"; return 2; }
  wait "$layering"
}

# Whether what is seen is of a FUSE connection.
is_on_top() {
  grep " $published/proc/uptime " "$proc/self/mountinfo" | tail -n 1 | grep -q " 0:$1 "
}

# Sets `layers`. Each file has as many, but for one that an agent was ended in the midst of.
count_layers() {
  layers=$(grep -c " $published/proc/uptime " "$proc/self/mountinfo") || :
}

# The peer groups that containers follow, a line for each. Of each process its lowest mount of a file; what is above came by propagation.
followed_groups() {
  for file in $files; do
    grep -Hs " /$file .* master:" "$proc"/[0-9]*/mountinfo
  done | awk '{ process = $1; sub(/:.*/, "", process)
    if ((process, $5) in seen) next
    seen[process, $5]
    if (match($0, / master:[0-9]+/)) print substr($0, RSTART + 8, RLENGTH - 8) }' | sort -u
}

# surplus_of FOLLOWED: FILE SURPLUS for each file, how many layers no container needs. A container's own mount follows the layer that was on
# top when it started, so this one has to stay, and what is below it.
surplus_of() {
  for file in $files; do
    grep " $published/$file " "$proc/self/mountinfo" | FOLLOWED="$1" awk -v file="$file" '
      BEGIN { split(ENVIRON["FOLLOWED"], list, "\n"); for (place in list) follows[list[place]]; keep = 1 }
      match($0, / shared:[0-9]+/) && (substr($0, RSTART + 8, RLENGTH - 8) in follows) { keep = NR }
      END { printf "%s %d ", file, NR - keep }'
  done
}

# A container that is just starting may have bound what is on top, between the look and the deed. What is kept keeps the peer group of each
# top, so that such a container can be reached again.
keep_tops() {
  for file in $files; do
    mkdir -p "$work/kept/${file%/*}"
    : >"$work/kept/$file"
    mount -o bind "$published/$file" "$work/kept/$file"
  done
}
forget_tops() {
  for file in $files; do umount "$work/kept/$file"; done
  rm -r "$work/kept"
}

# Whether a container follows a top that was taken off.
is_kept_followed() {
  followed=$(followed_groups)
  # shellcheck disable=SC2013 # numbers
  for group in $(sed -n "s|.* $work/kept/.* shared:\([0-9]*\) .*|\1|p" "$proc/self/mountinfo"); do
    printf '%s\n' "$followed" | grep -qx "$group" && return
  done
  return 1
}
