# Sourced: the cluster's cgroups. Version 2 has one hierarchy, version 1 one for each controller.
# shellcheck shell=sh disable=SC2154 # shared with those who source it

# Prints the mount point of every hierarchy.
hierarchies() {
  while read -r _ target type _; do
    case $type in cgroup | cgroup2) printf '%s\n' "$target" ;; esac
  done </proc/mounts
}

# The cgroup that holds every process of the cluster, pods and all. Even version 1 has this hierarchy beside it.
tracking_cgroup() {
  while read -r _ target type _; do
    case $type in cgroup2) printf '%s/%s\n' "$target" "$name"; return ;; esac
  done </proc/mounts
  return 1
}

# The kubelet puts its pods under these; it wants them to be there, with every controller.
add_cgroups() {
  for hierarchy in $(hierarchies); do
    for controller in cpuset cpu io memory pids hugetlb; do
      # Refused where the kernel has no such controller, and on version 1, where there is nothing to hand down.
      echo "+$controller" >"$hierarchy/cgroup.subtree_control"
    done 2>/dev/null || :
    mkdir "$hierarchy/$name" || return 1
  done
  mkdir "$(tracking_cgroup)/processes"
}

# Fails where some are still in use.
remove_cgroups() {
  in_use=0
  for hierarchy in $(hierarchies); do
    [ ! -d "$hierarchy/$name" ] || find "$hierarchy/$name" -depth -type d -exec rmdir {} + 2>/dev/null || in_use=1
  done
  return "$in_use"
}

# Prints the ids of all processes in the cluster's cgroups.
cgroup_processes() {
  for hierarchy in $(hierarchies); do
    [ ! -d "$hierarchy/$name" ] || find "$hierarchy/$name" -name cgroup.procs -exec cat {} + 2>/dev/null
  done | sort -un
}
