import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Environment, expand } from './environment.ts'

const localFiles = z.union([z.string().transform((file) => [file]), z.array(z.string()).nonempty()])

/**
 * What a demo plays, from a YAML file: all that play itself does not know. Paths are relative to the repository. `$(NAME)`
 * stands for `work` (the run's folder), `node`, `certificate`, `key` (files of the webhook's), and what was made by `build`.
 */
const schema = z.strictObject({
  /** Shown at the beginning and at the end. */
  title: z.string(),
  curtain: z.string(),
  /** The file of the pod to admit. */
  pod: z.string(),
  /** Commands that make something, in this order; the last line that one prints is known as `$(name)` from then on. */
  build: z.array(z.strictObject({ name: z.string(), command: z.array(z.string()).nonempty() })),
  /** Processes beside the pod; each is up when its URL answers 200. */
  servers: z.array(z.strictObject({ name: z.string(), command: z.array(z.string()).nonempty(), up: z.string() })),
  /** Where the webhook is asked. */
  webhook: z.string(),
  /** What is in the images of the pod's containers: path in the image, then the local folders or the file for it. */
  images: z.record(z.string(), z.record(z.string(), localFiles)),
  /** The load balancer's two questions; the port is that of the container's readiness probe. */
  loadBalancer: z.strictObject({
    marker: z.strictObject({ container: z.string(), path: z.string() }),
    request: z.strictObject({ container: z.string(), path: z.string() }),
  }),
  /** The file in which the authorization server keeps what it granted. */
  grants: z.string(),
  /** What the hook before the first request prints last. */
  warmLine: z.string(),
  /** What the hook after the last request prints first and last, and how long after the marker's end it comes at least. */
  farewell: z.strictObject({ first: z.string(), last: z.string() }),
  drainMs: z.number(),
  /** How long coming online may take, and how long traffic is shown after it. */
  onlineLimitMs: z.number(),
  trafficMs: z.number(),
})

export type Playbill = z.output<typeof schema>

/** Throws with the field and what was expected there. */
export function readPlaybill(file: string): Playbill {
  const parsed = schema.safeParse(parse(readFileSync(file, 'utf8')))
  if (parsed.success) return parsed.data
  throw new Error(`${file} is no playbill.\n${z.prettifyError(parsed.error)}`)
}

/** Replaces `$(NAME)` in all texts of a playbill, or of a part of it. */
export function fillIn<T>(part: T, values: Environment): T
export function fillIn(part: unknown, values: Environment): unknown {
  if (typeof part === 'string') return expand(part, values)
  if (Array.isArray(part)) return part.map((inner) => fillIn(inner, values))
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, fillIn(inner, values)]))
}
