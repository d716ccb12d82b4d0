/**
 * A line of /proc/net/tcp or /proc/net/tcp6 (proc_pid_net(5), get_tcp4_sock in net/ipv4/tcp_ipv4.c): a title, then a line a
 * socket, in fields. The second is the local address as HEXADDRESS:HEXPORT, the fourth the state.
 */
const fieldsOf = (table: string) => table.split('\n').map((line) => line.trim().split(/\s+/))

/** The state `ESTABLISHED` (include/net/tcp_states.h). */
const established = '01'

/** How many connections to the given local ports are established. */
export function countOpenConnections(table: string, ports: readonly number[]): number {
  return fieldsOf(table).filter(
    ([, local = '', , state]) =>
      state === established && ports.includes(Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16)),
  ).length
}

/**
 * The inodes of the sockets in what the kernel calls ping-pong mode. It enters the mode with data that is sent soon after
 * some was received, and leaves it when data was received and nothing sent for so long that a bare acknowledgement had to
 * be. The tenth field is the inode, the lowest bit of the fifteenth the mode.
 */
export function findPingPong(table: string): readonly number[] {
  return fieldsOf(table).flatMap((fields) => (Number(fields[14]) & 1 ? [Number(fields[9])] : []))
}
