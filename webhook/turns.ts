import type { IncomingMessage, ServerResponse } from 'node:http'

/** How many requests are worked on at once, how long the others wait, and what a request may do in its turn. */
export interface Turns {
  readonly most: number
  /** How many wait; whoever comes when so many do is turned away at once. */
  readonly mostWaiting: number
  /** How long each of them waits before it is turned away. */
  readonly patienceMs: number
  /** After so much silence a request that is still arriving loses its turn; with all that comes to it, after twice that. */
  readonly stallMs: number
}

/** Calls `next` when it is a request's turn; as express has it. */
export type Turn = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/**
 * Lets only so many requests on at once, the others wait unread, in their order, until their patience ends: an answer that says so
 * is better than none. Whoever stalls in its turn loses its connection, so that a flood of those is passed in no time.
 */
export function takeTurns(turns: Turns, turnAway: (response: ServerResponse) => void): Turn {
  const waiting = new Set<() => void>()
  const watch = watchForStalls(turns.most, turns.stallMs)
  let free = turns.most
  const callNext = () => {
    const [first] = waiting
    if (first) first()
    else free += 1
  }
  const begin = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const stopWatching = watch(request)
    response.once('close', () => {
      stopWatching()
      callNext()
    })
    next()
  }
  return (request, response, next) => {
    if (free > 0) {
      free -= 1
      begin(request, response, next)
    } else if (waiting.size >= turns.mostWaiting) turnAway(response)
    else
      wait(waiting, response, { patienceMs: turns.patienceMs, turnAway, called: () => begin(request, response, next) })
  }
}

interface Wait {
  readonly patienceMs: number
  readonly turnAway: (response: ServerResponse) => void
  readonly called: () => void
}

/** Lets a request wait until it is called, its patience ends, or its client goes. */
function wait(waiting: Set<() => void>, response: ServerResponse, { patienceMs, turnAway, called }: Wait): void {
  const leave = () => {
    clearTimeout(timer)
    response.off('close', leave)
    waiting.delete(call)
  }
  const call = () => {
    leave()
    called()
  }
  const timer = setTimeout(() => {
    leave()
    turnAway(response)
  }, patienceMs)
  response.once('close', leave)
  waiting.add(call)
}

/** A request that is watched, and what its connection had brought when it was last looked at. */
interface Watched {
  readonly request: IncomingMessage
  bytes: number
}

/**
 * Ends requests of which nothing has come for so long; who is watched, at most so many, gets an undo. A process that was busy finds its
 * timers due before it has read what came meanwhile, so it looks at the network (before `setImmediate`) and then decides.
 *
 * In places that are used again, not in a Map: of one that requests go through, V8 keeps what it was before it was last rehashed, and
 * with that every request, until the next collection of the whole heap.
 */
function watchForStalls(most: number, stallMs: number): (request: IncomingMessage) => () => void {
  const places: (Watched | undefined)[] = Array(most).fill(undefined)
  const free = [...places.keys()]
  const look = () => {
    for (const watched of places) {
      if (!watched) continue
      const { bytesRead } = watched.request.socket
      if (watched.bytes === bytesRead && !watched.request.complete) watched.request.destroy()
      watched.bytes = bytesRead
    }
  }
  // One timer for all: each review would pay for one of its own.
  setInterval(() => free.length < most && setImmediate(look), stallMs).unref()
  return (request) => {
    const place = free.pop()
    if (place === undefined) throw new Error(`more than ${most} are watched`)
    places[place] = { request, bytes: Number.NaN }
    return () => {
      places[place] = undefined
      free.push(place)
    }
  }
}

/** Two kinds of turns, so that nobody waits for a body that is larger than the own. */
export function takeTurnsBySize(limitBytes: number, takeSmall: Turn, takeLarge: Turn): Turn {
  return (request, response, next) => {
    const take = sizeOf(request) <= limitBytes ? takeSmall : takeLarge
    return take(request, response, next)
  }
}

/** A body that does not say how long it is may be of any length. */
export const sizeOf = ({ headers }: IncomingMessage): number =>
  Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)
