import { type ConnectionOptions, connect } from 'node:tls'
import { rotateAnnotation } from '../../../policy/names.ts'
import { system } from './component.ts'
import { kubectl } from './kubectl.ts'

/** Looked for within half a minute, trusted for a quarter, and then some more on a busy machine. */
export const rotationMs = 180_000

/** Has the authority that is in this Secret rotated, as an operator would. */
export async function askForRotation(secret: string): Promise<void> {
  await kubectl('annotate', `secret/${secret}`, '-n', system, `${rotateAnnotation}=now`)
}

/** Whether what is served there is by an authority that `ca` has. */
export function isServedBy(where: Pick<ConnectionOptions, 'host' | 'port' | 'servername' | 'ca'>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(where)
  socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
