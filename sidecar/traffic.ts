import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { parseTcpSocket, type TcpSocket } from './tcp-socket.ts'

/** The kernel answers within a millisecond; what takes this long is not going to. */
const answerWithinMs = 1000

/** The program `traffic`, waiting to be asked. */
export interface Traffic {
  /**
   * The sockets of the watched ports, now.
   *
   * @throws Error where the program is not there, or the kernel does not tell it; from then on always.
   */
  look(): Promise<readonly TcpSocket[]>
  /** Ends the program. */
  close(): void
}

/** Starts the program. It lives no longer than this process, for it ends with its standard input. */
export function startTraffic(program: string, ports: readonly number[]): Traffic {
  const child = spawn(program, ports.map(String))
  let failure = `${program} has ended`
  child.on('error', ({ message }) => {
    failure = message
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failure = text.split('\n', 1)[0] ?? failure
  })
  // Said to a program that is gone: that it is gone is met where its answer is read.
  child.stdin.on('error', () => undefined)
  const ended = new Promise((resolve) => child.once('close', resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const close = () => child.kill('SIGKILL')
  return { look, close }

  async function look(): Promise<readonly TcpSocket[]> {
    const limit = setTimeout(() => {
      failure = `${program} did not answer within ${answerWithinMs} ms`
      close()
    }, answerWithinMs)
    try {
      child.stdin.write('\n')
      return (await readAnswer()).map(parseTcpSocket)
    } finally {
      clearTimeout(limit)
    }
  }

  async function readAnswer(): Promise<readonly string[]> {
    const answer: string[] = []
    for (;;) {
      const { done, value } = await lines.next()
      if (done) {
        await ended // by then it has also said why
        throw new Error(failure)
      }
      if (value === '') return answer
      answer.push(value)
    }
  }
}
