import type { Format } from './format.ts'
import { type HookCommand, hookCommand } from './hook-command.ts'

/** A hook's command, or the word that says that there is none. */
export const preStart: Format<HookCommand | 'off'> = {
  expected: `${hookCommand.expected}, or "off"`,
  example: '/app/hooks/preStart',
  parse: (text) => (text === 'off' ? text : hookCommand.parse(text)),
}
