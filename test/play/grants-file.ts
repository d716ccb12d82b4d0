import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Timeline } from './timeline.ts'

const everyMs = 20
const schema = z.record(z.string(), z.object({ ip: z.string() }))

/**
 * Records whom the authorization server's file names, each time that it changes. Looks now and then, and in the moment
 * before any process of the pod starts. Returns the undo, which looks once more.
 */
export function watchGrants(file: string, timeline: Timeline): () => void {
  let known: string | undefined
  const look = () => {
    const text = readFileSync(file, 'utf8')
    if (text === known) return
    known = text
    timeline.record({ kind: 'grants', ips: Object.values(schema.parse(JSON.parse(text))).map(({ ip }) => ip) })
  }
  look()
  const timer = setInterval(look, everyMs)
  const ignore = timeline.listen(({ kind }) => {
    if (kind === 'starting') look()
  })
  return () => {
    clearInterval(timer)
    ignore()
    look()
  }
}
