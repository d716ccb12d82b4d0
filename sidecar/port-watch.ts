import { readFileSync } from 'node:fs'
import { isDoubtful, judge, type Look } from './silence.ts'
import type { TcpSocket } from './tcp-socket.ts'
import { countOpenConnections, findPingPong } from './tcp-table.ts'
import { startTraffic } from './traffic.ts'

export interface PortWatch {
  look(): Promise<Look>
  /** What the looks cannot tell, in words that follow a result; empty where they tell all. */
  caveat(): string
  close(): void
}

export interface PortWatchInput {
  readonly ports: readonly number[]
  readonly quietMs: number
  /** Path of the program `traffic`. */
  readonly program: string
}

/**
 * Watches what moves on the app's ports. Where that is not to be had (no such program as in a play, a kernel without
 * inet_diag as gVisor's), open connections are counted instead, and an idle one holds the drain like any other.
 */
export function watchPorts({ ports, quietMs, program }: PortWatchInput): PortWatch {
  const traffic = startTraffic(program, ports)
  let caveat = ''
  return { look, caveat: () => caveat, close: () => traffic.close() }

  async function look(): Promise<Look> {
    if (caveat === '') {
      try {
        return judgeWell(await traffic.look(), quietMs)
      } catch (error) {
        caveat = `, by open connections alone: ${error instanceof Error ? error.message : error}`
      }
    }
    const open = tables.reduce((sum, path) => sum + countOpenConnections(readTable(path), ports), 0)
    return { silentMs: open > 0 ? 0 : Number.POSITIVE_INFINITY, busy: `${open} open connections` }
  }
}

const tables = ['/proc/net/tcp', '/proc/net/tcp6']

/** The tables are long on a busy node, so they are read only where all else is quiet and they decide. */
function judgeWell(sockets: readonly TcpSocket[], quietMs: number): Look {
  const look = judge(sockets, quietMs, () => false)
  if (look.silentMs < quietMs || !sockets.some(isDoubtful)) return look
  const answered = new Set(tables.flatMap((path) => findPingPong(readTable(path))))
  return judge(sockets, quietMs, ({ inode }) => !answered.has(inode))
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A kernel without IPv6 has no tcp6.
    return ''
  }
}
