/* A pod's sandbox runs this: it holds the pod's namespaces and reaps its orphans. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void leave(int signal) { (void)signal; _exit(0); }
static void reap(int signal) { (void)signal; while (waitpid(-1, 0, WNOHANG) > 0); }

int main(void) {
  signal(SIGTERM, leave); /* PID 1 ignores what it does not handle */
  signal(SIGINT, leave);
  signal(SIGCHLD, reap);
  for (;;) pause();
}
