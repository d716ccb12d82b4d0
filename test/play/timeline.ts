import type { Role } from './order.ts'

/** One thing that was seen while a pod was played. */
export type Happening =
  // The kubelet.
  | { readonly kind: 'starting'; readonly container: string; readonly role: Role }
  | { readonly kind: 'started'; readonly container: string; readonly role: Role; readonly command: string }
  | { readonly kind: 'handling'; readonly container: string; readonly handler: Handler }
  | {
      readonly kind: 'handled'
      readonly container: string
      readonly handler: Handler
      readonly code: number
      readonly tookMs: number
    }
  | { readonly kind: 'probed'; readonly container: string; readonly ready: boolean; readonly status: number }
  | { readonly kind: 'pod-ready'; readonly ready: boolean }
  | { readonly kind: 'deleted'; readonly graceSeconds: number }
  | {
      readonly kind: 'signalled'
      readonly container: string
      readonly role: Role
      readonly signal: 'SIGTERM' | 'SIGKILL'
    }
  | {
      readonly kind: 'exited'
      readonly container: string
      readonly role: Role
      readonly code: number
      readonly message: string
    }
  | { readonly kind: 'backing-off'; readonly container: string; readonly delayMs: number }
  | { readonly kind: 'pod-gone' }
  // The processes themselves.
  | { readonly kind: 'line'; readonly container: string; readonly text: string }
  // The world outside.
  | { readonly kind: 'marker'; readonly path: string; readonly there: boolean; readonly status: number }
  | { readonly kind: 'request'; readonly status: number; readonly body: string }
  | { readonly kind: 'grants'; readonly ips: readonly string[] }

export type Handler = 'postStart' | 'preStop'
export type Kind = Happening['kind']
export type Of<K extends Kind> = Extract<Happening, { kind: K }>

/** Milliseconds since the play began. */
export type Timed<H extends Happening = Happening> = H & { readonly at: number }

export interface Timeline {
  readonly happenings: readonly Timed[]
  record(happening: Happening): void
  /** Calls `listener` with everything recorded from now on; returns the undo. */
  listen(listener: (happening: Timed) => void): () => void
}

/** `now` is a clock in milliseconds; the timeline counts from its first reading. */
export function createTimeline(now: () => number): Timeline {
  const happenings: Timed[] = []
  const listeners = new Set<(happening: Timed) => void>()
  const zero = now()
  return {
    happenings,
    record(happening) {
      const timed = { ...happening, at: now() - zero }
      happenings.push(timed)
      for (const listener of listeners) listener(timed)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Resolves with true once something recorded, before or from now on, satisfies `matches`; with false at the limit. */
export function waitFor(timeline: Timeline, matches: (happening: Timed) => boolean, limitMs: number): Promise<boolean> {
  if (timeline.happenings.some(matches)) return Promise.resolve(true)
  return new Promise((resolve) => {
    const end = (found: boolean) => {
      clearTimeout(limit)
      ignore()
      resolve(found)
    }
    const limit = setTimeout(end, limitMs, false)
    const ignore = timeline.listen((happening) => {
      if (matches(happening)) end(true)
    })
  })
}
