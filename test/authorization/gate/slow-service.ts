import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { listening } from '../../listening.ts'

export interface SlowService {
  readonly endpoint: string
  /** `PUT begins`, `PUT takes effect`, `DELETE`, in their order. */
  readonly story: readonly string[]
  /** UIDs that have a grant. */
  readonly grants: ReadonlySet<string>
}

/** A service as firewalls are: what it was asked for takes effect a while after, whether or not anybody still waits for the answer. */
export async function startSlowService(t: Test, effectMs: number): Promise<SlowService> {
  const grants = new Set<string>()
  const story: string[] = []
  const server = createServer(async ({ method, url = '' }, response) => {
    const uid = url.split('/').at(-1) ?? ''
    if (method === 'DELETE') {
      story.push('DELETE')
      grants.delete(uid)
      response.writeHead(204).end()
      return
    }
    story.push('PUT begins')
    await sleep(effectMs)
    story.push('PUT takes effect')
    grants.add(uid)
    response.writeHead(201).end()
  })
  return { endpoint: `http://127.0.0.1:${await listening(t, server)}`, story, grants }
}
