import { bounded } from './bounded.ts'
import type { Format } from './format.ts'

export type HookCommand = readonly [string, ...string[]]

/** The agent is told in one line of a FIFO, of which the kernel keeps 4096 bytes in one piece (PIPE_BUF). */
const mostBytes = 2_000

const anyLength: Format<HookCommand> = {
  expected: 'an absolute path, then arguments',
  example: '/app/hooks/preOnline --fast',
  parse(text) {
    const [program, ...args] = text.trim().split(/ +/)
    return program?.startsWith('/') && !/\p{Cc}/u.test(text) ? [program, ...args] : undefined
  },
}

/**
 * The path of a program in the app container, then arguments, split at blanks and without quoting: whoever needs more
 * writes a script. Control characters would break the protocol between sidecar and agent.
 */
export const hookCommand: Format<HookCommand> = bounded(anyLength, mostBytes)
