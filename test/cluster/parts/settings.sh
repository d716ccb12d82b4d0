# Sourced by every script of the cluster, with `here` set to test/cluster: names and places.
# shellcheck shell=sh disable=SC2034,SC2154 # shared with those who source it

cluster=${GREENROOM_CLUSTER:-/tmp/greenroom-cluster}
cache=${GREENROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/greenroom}/cluster

# What runs: the newest, or the oldest that has all that Greenroom uses.
kubernetes=kubernetes${GREENROOM_KUBERNETES:+-$GREENROOM_KUBERNETES}

# Names the cluster's cgroups and network, so that clusters in two folders never meet.
name=greenroom-$(printf '%s' "$cluster" | cksum | cut -d ' ' -f 1)
pki=$cluster/pki
logs=$cluster/logs
admin=$cluster/admin.kubeconfig
containerd_socket=$cluster/containerd.sock

# Compiled into containerd, mount, the network plugins and the kubelet, and where the agent of lxcfs publishes: each cluster sees folders of its own there.
machine_paths='/run/containerd /run/greenroom-lxcfs /run/mount /var/lib/cni /var/lib/kubelet /var/log/containers'

# All of it is inside the cluster's network namespace: nothing outside can be meant by these.
node=node
node_ip=192.0.2.1
pod_cidr=10.244.0.0/22
service_cidr=10.96.0.0/16
service_ip=10.96.0.1
server=https://$node_ip:6443

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

case $cluster in
  *[!A-Za-z0-9._/-]* | [!/]* | /) die "GREENROOM_CLUSTER is \"$cluster\", expected an absolute path of letters, digits and ._-" ;;
esac
[ -d "$here/tools/$kubernetes" ] || die "GREENROOM_KUBERNETES is \"$GREENROOM_KUBERNETES\", expected 1.30, or nothing for the newest"
# A socket's path holds 107 bytes, and the longest of ours is 35 bytes below the folder (kubelet/pod-resources/kubelet.sock).
[ ${#cluster} -le 64 ] || die "GREENROOM_CLUSTER is ${#cluster} bytes long, expected at most 64, for sockets in it"

# The folder of a built product, named by what it is built from: a changed version is another folder.
built() {
  printf '%s/%s-%s\n' "$cache" "$1" "$(cat "$here/tools/$1"/* | sha256sum | cut -c -16)"
}
