import type { Actor } from './actors.ts'

/** Who is killed when, and when the pod is deleted. Drawn from a seed, so that a run can be played again. */
export interface Schedule {
  readonly seed: number
  /** In order; each so long after the one before, the first after the pod was created. */
  readonly kills: readonly { readonly afterMs: number; readonly actor: Actor }[]
  /** Whether the pod is deleted at once after the last kill, or when it has come to rest. */
  readonly deletedEarly: boolean
}

const drawn: readonly Actor[] = ['app', 'app', 'node', 'node', 'sidecar', 'sidecar', 'both', 'agent', 'keeper']
const mostKills = 4
/** A happy life up to online takes about so long: kills fall into all of it, and into what comes after. */
const longestPauseMs = 3000

export function drawSchedule(seed: number): Schedule {
  const random = createRandom(seed)
  const below = (bound: number) => Math.floor(random() * bound)
  const kills = Array.from({ length: 1 + below(mostKills) }, () => ({
    afterMs: below(longestPauseMs),
    actor: drawn[below(drawn.length)] ?? 'app',
  }))
  return { seed, kills, deletedEarly: below(4) === 0 }
}

/** mulberry32, public domain by Tommy Ettinger: small, and good enough to draw schedules. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export const describeSchedule = ({ seed, kills, deletedEarly }: Schedule): string =>
  `seed ${seed}: ${kills.map(({ afterMs, actor }) => `+${afterMs} ms ${actor}`).join(', ')}, ${deletedEarly ? 'deleted at once' : 'deleted at rest'}`
