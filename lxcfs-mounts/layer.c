/*
 * layer [--after PROCESS READY] SOURCE PUBLISHED FILE SURPLUS [FILE SURPLUS]...: binds SOURCE/FILE onto PUBLISHED/FILE, after SURPLUS mounts
 * were taken off there. With --after it makes the file READY once it has all it needs, and blocks until that process has ended. Run by the
 * agent, as root. Blocks on the lxcfs of SOURCE, too, should that hang; the agent has a limit. Needs Linux 5.3.
 * Between the first and the last of these mounts readers see what is below, nothing that lives maybe, so nothing is in between: no program
 * is started, and no file of SOURCE is looked up, for an lxcfs that has readers already may take a quarter of a second for each.
 * Exits with 1 where a file could not be bound; the others are.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Source: linux/mount.h. */
#define OPEN_TREE_CLONE 1
#define MOVE_MOUNT_F_EMPTY_PATH 4

#define MOST_FILES 32

/* Fails where it cannot be known. A process that is gone already has ended. */
static int await_end(pid_t process) {
  struct pollfd ended = {.fd = syscall(SYS_pidfd_open, process, 0), .events = POLLIN};
  if (ended.fd < 0) return errno == ESRCH ? 0 : -1;
  while (poll(&ended, 1, -1) < 0)
    if (errno != EINTR) return -1;
  return 0;
}

static int complain(const char *file) {
  fprintf(stderr, "layer: %s: %s\n", file, strerror(errno));
  return 1;
}

int main(int count, char **words) {
  int failed = 0, mounts[MOST_FILES];
  char path[PATH_MAX];
  const char *ready = NULL;
  pid_t process = 0;
  if (count > 3 && strcmp(words[1], "--after") == 0) {
    process = atoi(words[2]);
    ready = words[3];
    count -= 3;
    words += 3;
  }
  int files = (count - 3) / 2;
  if (count < 5 || count % 2 == 0 || files > MOST_FILES) {
    fputs("usage: layer [--after PROCESS READY] SOURCE PUBLISHED FILE SURPLUS [FILE SURPLUS]...\n", stderr);
    return 2;
  }
  for (int file = 0; file < files; file++) {
    snprintf(path, sizeof path, "%s/%s", words[1], words[3 + 2 * file]);
    mounts[file] = syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE);
    if (mounts[file] < 0) failed = complain(path);
  }
  if (ready && failed) return 1;
  if (ready && open(ready, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0) return complain(ready);
  if (ready && await_end(process) != 0) return complain(words[1]);
  for (int file = 0; file < files; file++) {
    if (mounts[file] < 0) continue;
    snprintf(path, sizeof path, "%s/%s", words[2], words[3 + 2 * file]);
    for (int surplus = atoi(words[4 + 2 * file]); surplus > 0; surplus--)
      if (umount2(path, MNT_DETACH) != 0) break;
    if (syscall(SYS_move_mount, mounts[file], "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) != 0) failed = complain(path);
  }
  return failed;
}
