/*
 * alive RUN RULE URL [HEADER...]: (the checkurl answers) || (a debugging session is open && java is alive), and yes while preStart
 * runs. Exits with 0, or with 1 and one line that says why.
 *
 * RULE is `exactly-200`, or `kubelet` (200 to 399). URL is `http://:PORT/PATH`, `https://:PORT/PATH` or `tcp://:PORT`, asked at the
 * pod's IP; HEADER is `Name: value`. RUN/pod tells the pod's IP in its third line and the sidecar's port in its fourth, RUN/debug
 * begins with the longest duration of a session in seconds.
 * The app container's liveness probe, as the app's user. Blocks on the checkurl for at most 2 s, on the sidecar until 4 s are
 * over, and then on the app's port until 5.5 s are. A program and not a shell file, for a shell reads /proc byte by byte: docs/adr/0013-liveness-is-a-program.md
 *
 * proc(5); https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/probe/http/http.go
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CHECKURL_MS = 2000, SIDECAR_MS = 4000, PORT_MS = 5500, MOST_PROCESSES = 32768, HEAD_BYTES = 16384 };

/* What one attempt to ask has come to: an HTTP code, or one of these. */
enum { NO_CONNECTION = 0, NO_ANSWER = -1, NOT_HTTP = -2 };

static const char *folder, *run;
static char pod_ip[64] = "127.0.0.1";
static int sidecar_port;
static long long began_ms;

/* ---- time and files ---- */

static long long now_ms(void) {
  struct timespec now;
  /* Since boot, as the start times in /proc. */
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Up to size - 1 bytes, and a NUL behind them; how many bytes, -1 where it cannot be read. */
static ssize_t read_file(const char *path, char *text, size_t size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  size_t length = 0;
  ssize_t more;
  while (length < size - 1 && (more = read(file, text + length, size - 1 - length)) > 0) length += more;
  close(file);
  text[length] = 0;
  return length;
}

static void read_pod(void) {
  char path[PATH_MAX], text[1024];
  snprintf(path, sizeof path, "%s/pod", run);
  if (read_file(path, text, sizeof text) < 0) return;
  char *rest = text, *line;
  for (int number = 1; (line = strsep(&rest, "\n")); number++) {
    if (number == 3 && *line) snprintf(pod_ip, sizeof pod_ip, "%s", line);
    if (number == 4) sidecar_port = atoi(line);
  }
}

static long long longest_session_ms(void) {
  char path[PATH_MAX], text[64];
  snprintf(path, sizeof path, "%s/debug", run);
  return read_file(path, text, sizeof text) > 0 ? atoll(text) * 1000 : 0;
}

/* ---- processes ---- */

struct process {
  int pid, parent;
  char name[64], state;
  long threads;
  long long start_ms;
};

static struct process processes[MOST_PROCESSES];
static int count;

/* The name, in parentheses, may have anything in it. */
static int read_process(int pid, struct process *process) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (read_file(path, text, sizeof text) <= 0) return 0;
  char *name = strchr(text, '('), *end = strrchr(text, ')');
  if (!name || !end) return 0;
  long long ticks = 0;
  *end = 0;
  if (sscanf(end + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d %lld", &process->state,
             &process->parent, &process->threads, &ticks) != 4)
    return 0;
  process->pid = pid;
  process->start_ms = ticks * 1000 / sysconf(_SC_CLK_TCK);
  snprintf(process->name, sizeof process->name, "%s", name + 1);
  return 1;
}

/* A process whose first thread has ended while others run is a zombie by its state alone. */
static int lives(const struct process *process) {
  return (process->state != 'Z' && process->state != 'X') || process->threads > 1;
}

static void list_processes(void) {
  DIR *proc = opendir("/proc");
  if (!proc) return;
  for (struct dirent *entry; (entry = readdir(proc)) && count < MOST_PROCESSES;)
    if (isdigit((unsigned char)*entry->d_name) && read_process(atoi(entry->d_name), &processes[count]) &&
        lives(&processes[count]))
      count++;
  closedir(proc);
}

static int is_program(int pid, const struct stat *program) {
  char path[64];
  struct stat file;
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  return stat(path, &file) == 0 && file.st_dev == program->st_dev && file.st_ino == program->st_ino;
}

/* Who shares the node's processes sees those of other pods, too. */
static int is_of_here(int pid) {
  char path[64], own[PATH_MAX] = "", other[PATH_MAX] = "";
  snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
  read_file("/proc/self/cgroup", own, sizeof own);
  read_file(path, other, sizeof other);
  return strcmp(own, other) == 0;
}

/* A shell that runs this file of the helper. */
static int runs_file(int pid, const char *file) {
  char path[64], line[PATH_MAX], wanted[PATH_MAX];
  snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
  ssize_t length = read_file(path, line, sizeof line);
  int size = snprintf(wanted, sizeof wanted, "%s/busybox%csh%c%s/%s", folder, 0, 0, folder, file) + 1;
  return length >= size && memcmp(line, wanted, size) == 0;
}

static int is_launch(const struct process *process) {
  return strcmp(process->name, "busybox") == 0 && runs_file(process->pid, "launch") && is_of_here(process->pid);
}

static int is_preparing(void) {
  for (int each = 0; each < count; each++)
    if (is_launch(&processes[each])) return 1;
  return 0;
}

/* The helper's own socat, not one of the image, listening for a session, which ends it in time; and for no longer than one may
 * last: who stops a session must not have taken liveness away for ever. */
static int is_debugged(void) {
  char path[PATH_MAX];
  struct stat socat;
  snprintf(path, sizeof path, "%s/socat", folder);
  if (stat(path, &socat) != 0) return 0;
  long long since_ms = began_ms - longest_session_ms();
  for (int each = 0; each < count; each++) {
    const struct process *process = &processes[each];
    if (strcmp(process->name, "socat") != 0 || !is_program(process->pid, &socat)) continue;
    if (process->start_ms >= since_ms && runs_file(process->parent, "session")) return 1;
  }
  return 0;
}

static int maps_jvm(int pid) {
  char path[64], line[PATH_MAX + 128];
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE *maps = fopen(path, "re");
  if (!maps) return 0;
  int found = 0;
  while (!found && fgets(line, sizeof line, maps)) found = strstr(line, "/libjvm.so") != NULL;
  fclose(maps);
  return found;
}

/* What a process of another user maps cannot be read; what its threads are called can. HotSpot's are called so in every JVM. */
static int has_jvm_thread(int pid) {
  char path[64 + NAME_MAX], name[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (!threads) return 0;
  int found = 0;
  for (struct dirent *entry; !found && (entry = readdir(threads));) {
    snprintf(path, sizeof path, "/proc/%d/task/%s/comm", pid, entry->d_name);
    found = read_file(path, name, sizeof name) > 0 && strcmp(name, "VM Thread\n") == 0;
  }
  closedir(threads);
  return found;
}

static int has_java(void) {
  for (int each = 0; each < count; each++)
    if (strcmp(processes[each].name, "java") == 0) return 1;
  for (int each = 0; each < count; each++)
    if (maps_jvm(processes[each].pid) || has_jvm_thread(processes[each].pid)) return 1;
  return 0;
}

/* ---- asking ---- */

static int wait_for(int socket, short events, long long until_ms) {
  for (;;) {
    long long left = until_ms - now_ms();
    if (left <= 0) return 0;
    struct pollfd one = {.fd = socket, .events = events};
    int ready = poll(&one, 1, left);
    if (ready > 0) return 1;
    if (ready == 0 || errno != EINTR) return 0;
  }
}

/* A connection to the pod's own IP; -1 where nobody accepts it in time. */
static int connect_to(int port, long long until_ms) {
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
  int is_six = inet_pton(AF_INET6, pod_ip, &six.sin6_addr) == 1;
  if (!is_six && inet_pton(AF_INET, pod_ip, &four.sin_addr) != 1) return -1;
  int one = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (one < 0) return -1;
  int error = is_six ? connect(one, (struct sockaddr *)&six, sizeof six) : connect(one, (struct sockaddr *)&four, sizeof four);
  socklen_t size = sizeof error;
  if (error == 0) return one;
  if (errno == EINPROGRESS && wait_for(one, POLLOUT, until_ms) && getsockopt(one, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
      error == 0)
    return one;
  close(one);
  return -1;
}

static int is_header(const char *line, const char *name) {
  size_t length = strlen(name);
  return strncasecmp(line, name, length) == 0 && line[length] == ':';
}

/* Ours to write, or not to be had without a body. */
static int goes_own(const char *line) {
  static const char *const names[] = {"Connection", "Content-Length", "Transfer-Encoding", "Trailer"};
  for (size_t each = 0; each < sizeof names / sizeof *names; each++)
    if (is_header(line, names[each])) return 1;
  return 0;
}

static int has_header(char **headers, const char *name) {
  for (; *headers; headers++)
    if (is_header(*headers, name)) return 1;
  return 0;
}

static char *write_request(int port, const char *path, char **headers, size_t *size) {
  char *text = NULL;
  FILE *request = open_memstream(&text, size);
  if (!request) return NULL;
  fprintf(request, "GET %s HTTP/1.1\r\n", path);
  if (!has_header(headers, "Host")) fprintf(request, strchr(pod_ip, ':') ? "Host: [%s]:%d\r\n" : "Host: %s:%d\r\n", pod_ip, port);
  if (!has_header(headers, "User-Agent")) fputs("User-Agent: kube-probe/greenroom\r\n", request);
  if (!has_header(headers, "Accept")) fputs("Accept: */*\r\n", request);
  for (; *headers; headers++)
    if (!goes_own(*headers)) fprintf(request, "%s\r\n", *headers);
  fputs("Connection: close\r\n\r\n", request);
  return fclose(request) == 0 ? text : NULL;
}

static int send_all(int socket, const char *text, size_t size, long long until_ms) {
  while (size > 0) {
    ssize_t sent = send(socket, text, size, MSG_NOSIGNAL);
    if (sent > 0) {
      text += sent;
      size -= sent;
    } else if (errno != EINTR && (errno != EAGAIN || !wait_for(socket, POLLOUT, until_ms))) {
      return 0;
    }
  }
  return 1;
}

/* Whether a line ends in it, and where the next one begins. */
static char *line_after(char *line) {
  char *end = strchr(line, '\n');
  return end ? end + 1 : NULL;
}

/* Behind the heads that come ahead of the answer itself (100 to 199, but for 101). NULL: it has not come yet. */
static char *answer_in(char *head) {
  for (;;) {
    int code = 0;
    if (!line_after(head)) return NULL;
    if (sscanf(head, "HTTP/1.%*1d 1%d", &code) != 1 || code == 1 || code > 99) return head;
    do {
      head = line_after(head);
      if (!head) return NULL;
    } while (*head != '\r' && *head != '\n');
    head = line_after(head);
    if (!head) return NULL;
  }
}

static int read_code(int socket, long long until_ms) {
  static char head[HEAD_BYTES];
  size_t length = 0;
  head[0] = 0;
  char *answer;
  while (!(answer = answer_in(head))) {
    if (length == sizeof head - 1) return NOT_HTTP;
    ssize_t more = recv(socket, head + length, sizeof head - 1 - length, 0);
    if (more > 0) {
      /* A NUL is no part of a head. */
      if (memchr(head + length, 0, more)) return NOT_HTTP;
      length += more;
      head[length] = 0;
    } else if (more == 0 || (errno != EINTR && (errno != EAGAIN || !wait_for(socket, POLLIN, until_ms)))) {
      return NO_ANSWER;
    }
  }
  int code = 0;
  return sscanf(answer, "HTTP/1.%*1d %3d", &code) == 1 && code >= 100 ? code : NOT_HTTP;
}

static int ask(int port, const char *path, char **headers, long long until_ms) {
  int socket = connect_to(port, until_ms);
  if (socket < 0) return NO_CONNECTION;
  size_t size = 0;
  char *request = write_request(port, path, headers, &size);
  int code = request && send_all(socket, request, size, until_ms) ? read_code(socket, until_ms) : NO_ANSWER;
  free(request);
  close(socket);
  return code;
}

static int accepts(int port) {
  int socket = connect_to(port, began_ms + PORT_MS);
  if (socket >= 0) close(socket);
  return socket >= 0;
}

/* ---- judging ---- */

static int is_redirect(int code) { return code == 301 || code == 302 || code == 303 || code == 307 || code == 308; }

/* What cannot be asked from here is asked by the sidecar: 200 or 503, or anything else where that cannot tell either. */
static int ask_sidecar(void) {
  char *none[] = {NULL};
  return sidecar_port > 0 ? ask(sidecar_port, "/alive", none, began_ms + SIDECAR_MS) : NO_CONNECTION;
}

static const char *words(int code) {
  static char text[16];
  if (code == NO_CONNECTION) return "nothing, for nobody accepts the connection";
  if (code == NO_ANSWER) return "nothing in time";
  if (code == NOT_HTTP) return "what is not HTTP/1";
  snprintf(text, sizeof text, "%d", code);
  return text;
}

/* By the rule; sets what it answered. */
static int answers(const char *rule, const char *url, char **headers, const char **said) {
  char scheme[8];
  int port = 0, length = 0;
  *said = "nothing that can be asked";
  if (sscanf(url, "%7[a-z]://:%d%n", scheme, &port, &length) != 2) return 0;
  const char *path = url[length] ? url + length : "/";
  if (strcmp(scheme, "tcp") == 0) {
    *said = words(NO_CONNECTION);
    return accepts(port);
  }
  if (strcmp(scheme, "https") == 0) {
    int verdict = ask_sidecar();
    *said = verdict == 503 ? "what is no success, says the sidecar" : words(NO_CONNECTION);
    return verdict == 200 || (verdict != 503 && accepts(port));
  }
  int code = ask(port, path, headers, began_ms + CHECKURL_MS);
  *said = words(code);
  if (strcmp(rule, "kubelet") != 0) return code == 200;
  if (!is_redirect(code)) return code >= 200 && code < 400;
  *said = "a redirect that leads to no success, says the sidecar";
  return ask_sidecar() != 503;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: alive RUN RULE URL [HEADER...]\n");
    return 1;
  }
  began_ms = now_ms();
  char *self = strdup(argv[0]);
  folder = dirname(self);
  run = argv[1];
  read_pod();
  list_processes();
  if (is_preparing()) return 0;
  /* Cheap half first, and the only one that a halted app passes. */
  if (is_debugged() && has_java()) return 0;
  const char *said;
  if (answers(argv[2], argv[3], argv + 4, &said)) return 0;
  printf("checkurl %s answered %s, and no debugging session with a live java is open\n", argv[3], said);
  return 1;
}
