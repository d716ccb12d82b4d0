/*
 * traffic PORT...: for each line on standard input, prints what the kernel knows of the TCP sockets of its network namespace
 * with one of these local ports, of IPv4 and IPv6, and an empty line after them. One line a socket:
 *
 *   STATE INODE RECEIVE-QUEUE SEND-QUEUE [SENT-MS RECEIVED-MS SENT-SEGMENTS RECEIVED-SEGMENTS]
 *
 * STATE is a number of include/net/tcp_states.h, INODE is 0 while no process has the socket, the queues are what `ss` calls
 * Recv-Q and Send-Q, then how long ago data was last sent and received, and in how many segments; nothing of that where no
 * connection is established yet.
 * Run by the sidecar while it drains, as the sidecar's user and without any capability. Waits for standard input and ends
 * with it; on failure it says why and exits with 1.
 *
 * sock_diag(7), inet_diag and tcp_info: linux/sock_diag.h, linux/inet_diag.h, linux/tcp.h. /proc/net/tcp has no times.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

/* include/net/tcp_states.h is not for programs. Left out: what has nothing more to send or to answer. */
enum { ESTABLISHED = 1, SYN_RECV = 3, FIN_WAIT1 = 4, CLOSE_WAIT = 8, LAST_ACK = 9, LISTEN = 10, CLOSING = 11 };
static const uint32_t wanted_states = 1 << ESTABLISHED | 1 << SYN_RECV | 1 << FIN_WAIT1 | 1 << CLOSE_WAIT | 1 << LAST_ACK |
                                      1 << LISTEN | 1 << CLOSING;

/* A kernel before 4.6 has a shorter tcp_info. */
static const size_t needed_info = offsetof(struct tcp_info, tcpi_data_segs_out) + sizeof(uint32_t);

static const char asking[] = "asking the kernel for its TCP sockets";

static void die(const char *what, int error) {
  fprintf(stderr, "traffic: %s: %s\n", what, strerror(error));
  exit(1);
}

static int is_watched(unsigned port, char **ports) {
  for (; *ports; ports++)
    if (strtoul(*ports, NULL, 10) == port) return 1;
  return 0;
}

static void ask(int netlink, uint8_t family) {
  struct {
    struct nlmsghdr header;
    struct inet_diag_req_v2 request;
  } message = {
      .header = {.nlmsg_len = sizeof message, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
      .request = {.sdiag_family = family,
                  .sdiag_protocol = IPPROTO_TCP,
                  .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                  .idiag_states = wanted_states},
  };
  if (send(netlink, &message, sizeof message, 0) < 0) die(asking, errno);
}

static void print_socket(const struct nlmsghdr *header, char **ports) {
  const struct inet_diag_msg *about = NLMSG_DATA(header);
  if (!is_watched(ntohs(about->id.idiag_sport), ports)) return;
  printf("%u %u %u %u", about->idiag_state, about->idiag_inode, about->idiag_rqueue, about->idiag_wqueue);
  int left = header->nlmsg_len - NLMSG_LENGTH(sizeof *about);
  for (const struct rtattr *part = (const struct rtattr *)(about + 1); RTA_OK(part, left); part = RTA_NEXT(part, left)) {
    if (part->rta_type != INET_DIAG_INFO || about->idiag_state == LISTEN || about->idiag_state == SYN_RECV) continue;
    if (RTA_PAYLOAD(part) < needed_info) die("reading tcp_info", EPROTO);
    const struct tcp_info *info = RTA_DATA(part);
    printf(" %u %u %u %u", info->tcpi_last_data_sent, info->tcpi_last_data_recv, info->tcpi_data_segs_out,
           info->tcpi_data_segs_in);
  }
  putchar('\n');
}

/* Prints what one message of the kernel holds. Returns 0 once the answer is complete. */
static int print_message(const void *message, int length, char **ports) {
  for (const struct nlmsghdr *header = message; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
    if (header->nlmsg_type == NLMSG_DONE) {
      int error = header->nlmsg_len >= NLMSG_LENGTH(sizeof error) ? *(const int *)NLMSG_DATA(header) : 0;
      if (error < 0) die(asking, -error);
      return 0;
    }
    if (header->nlmsg_type == NLMSG_ERROR) die(asking, -((const struct nlmsgerr *)NLMSG_DATA(header))->error);
    print_socket(header, ports);
  }
  return 1;
}

static void print_sockets(int netlink, uint8_t family, char **ports) {
  /* The kernel fills at most 32 KiB of what it is given (netlink_dump in net/netlink/af_netlink.c). */
  static char message[32 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
  ask(netlink, family);
  for (;;) {
    ssize_t length = recv(netlink, message, sizeof message, MSG_TRUNC);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) die("reading the kernel's answer", errno);
    if ((size_t)length > sizeof message) die("reading the kernel's answer", EMSGSIZE);
    if (!print_message(message, (int)length, ports)) return;
  }
}

int main(int count, char **words) {
  (void)count;
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (netlink < 0) die("opening sock_diag", errno);
  for (int byte; (byte = getchar()) != EOF;) {
    if (byte != '\n') continue;
    print_sockets(netlink, AF_INET, words + 1);
    print_sockets(netlink, AF_INET6, words + 1);
    putchar('\n');
    if (fflush(stdout) == EOF) die("printing", errno);
  }
}
