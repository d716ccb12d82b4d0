# Sourced by the agent, as root: what Prometheus is told. Written into a folder that a container without privileges serves. Blocks on nothing.
# shellcheck shell=sh disable=SC2034,SC2154 # shared with those who source it

is_up=0 died=0 hung=0 renewed=0 orphaned=0 heals=0 healing=0 since=0
counters=$exported/counters

# Of an agent before this one in the same pod. Whether it has left pods with a dead lxcfs, too: then it was killed, and counts as an end.
recall() {
  read -r up died hung renewed orphaned heals healing 2>/dev/null <"$counters" || return 0
  orphaned=$((orphaned + up))
}

# lxcfs is shown, after there was none, or one that was dead, since `since`.
note_heal() {
  heals=$((heals + 1))
  healing=$((healing + shown_at - since))
  since=0
}

note_end() {
  if rm "$work/hung" 2>/dev/null; then hung=$((hung + 1)); else died=$((died + 1)); fi
}

export_metrics() {
  count_layers
  echo "$is_up $died $hung $renewed $orphaned $heals $healing" >"$counters"
  cat >"$exported/metrics.new" <<END
# HELP greenroom_lxcfs_info Versions of lxcfs and of the node's control groups.
# TYPE greenroom_lxcfs_info gauge
greenroom_lxcfs_info{version="$version",cgroup="$cgroup"} 1
# HELP greenroom_lxcfs_up 1 while pods see the files of lxcfs, 0 while they see the node's own.
# TYPE greenroom_lxcfs_up gauge
greenroom_lxcfs_up $is_up
# HELP greenroom_lxcfs_ends_total How often an lxcfs that was shown has ended by cause: died, hung (it did not answer, and was ended), worn (replaced before it took too much memory, or for its layers), orphaned (its agent was killed, and all that it ran).
# TYPE greenroom_lxcfs_ends_total counter
greenroom_lxcfs_ends_total{cause="died"} $died
greenroom_lxcfs_ends_total{cause="hung"} $hung
greenroom_lxcfs_ends_total{cause="worn"} $renewed
greenroom_lxcfs_ends_total{cause="orphaned"} $orphaned
# HELP greenroom_lxcfs_layers Mounts on each file.
# TYPE greenroom_lxcfs_layers gauge
greenroom_lxcfs_layers $layers
# HELP greenroom_lxcfs_heal_seconds From the end of an lxcfs, or the start of the agent, until one was shown.
# TYPE greenroom_lxcfs_heal_seconds summary
greenroom_lxcfs_heal_seconds_sum $((healing / 100)).$(printf %02d $((healing % 100)))
greenroom_lxcfs_heal_seconds_count $heals
END
  mv "$exported/metrics.new" "$exported/metrics"
}
