import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readTicks } from '../cpu.ts'
import type { Peer, Place } from './peer.ts'
import { drawn } from './reviews.ts'

const run = promisify(execFile)

/** The servers have the other one. */
const loadCore = '1'

/** As many as an API server keeps when it creates a few pods at a time. */
const connections = 4

/** A tick of proc_pid_stat(5). */
const tickMs = 10

export interface Load {
  readonly reviews: number
  /** Reviews that are due in a second; left out: as many as are answered. */
  readonly rate?: number
  /** Each of a template of its own; else there are as many templates as samples. */
  readonly isFresh?: boolean
}

interface Result {
  readonly requests: number
  readonly seconds: number
  readonly p99Ms: number
}

/** Has a server answer so many reviews, the samples by turns, each with 200; by a process of its own. */
export async function load(
  { folder, built }: Place,
  { port, path }: Peer,
  { reviews, rate, isFresh }: Load,
): Promise<Result> {
  const bodies = ['small', 'medium', 'large'].map((name) => join(folder, `${name}.json`)).join(',')
  const where = ['-ca', join(folder, 'ca.crt'), '-port', String(port), '-path', path, '-bodies', bodies]
  const howMany = ['-connections', String(connections), '-requests', String(reviews), '-rate', String(rate ?? 0)]
  const { uid, tokenVolume, templateHash } = drawn
  const words = ['-uid', uid, '-volume', tokenVolume, '-template', templateHash, ...(isFresh ? ['-fresh'] : [])]
  const { stdout } = await run('taskset', ['-c', loadCore, join(built, 'load'), ...where, ...howMany, ...words])
  return JSON.parse(stdout)
}

/** User and system time of the server for one review, in milliseconds. */
export async function cpuMsPerReview(place: Place, peer: Peer, asked: Omit<Load, 'rate'>): Promise<number> {
  const before = readTicks(peer.pid)
  await load(place, peer, asked)
  return ((readTicks(peer.pid) - before) * tickMs) / asked.reviews
}
