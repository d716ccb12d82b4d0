# shellcheck shell=sh
# Sourced: the cache, and a buildah that keeps its images there and leaves the machine's own alone. `vfs` works on any file system.
cache=${GREENROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/greenroom}
buildah() { command buildah --storage-driver vfs --root "$cache/buildah" --runroot "$cache/buildah-run" "$@"; }
