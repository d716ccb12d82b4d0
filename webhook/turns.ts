import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'

/** How many requests are worked on at once, and after how much silence one that is still arriving loses its turn. */
export interface Turns {
  readonly most: number
  readonly stallMs: number
}

/**
 * Lets only so many requests on at once, the others wait unread, in their order. Whoever stalls in its turn loses its
 * connection, so that a flood of those is passed in no time; the server's own limit bounds the waiting.
 */
export function takeTurns({ most, stallMs }: Turns): RequestHandler {
  const waiting = new Set<() => void>()
  let free = most
  const callNext = () => {
    const [first] = waiting
    if (!first || free === 0) return
    waiting.delete(first)
    free -= 1
    first()
  }
  return (request, response, next) => {
    const begin = () => {
      const stopWatching = cutOffWhenStalled(request, stallMs)
      request.once('end', stopWatching)
      response.once('close', () => {
        stopWatching()
        free += 1
        callNext()
      })
      next()
    }
    response.once('close', () => waiting.delete(begin))
    waiting.add(begin)
    callNext()
  }
}

/**
 * Ends a request of which nothing has come for so long; returns its undo. A process that was busy finds its timers due
 * before it has read what came meanwhile, so it looks at the network (before `setImmediate`) and then decides.
 */
function cutOffWhenStalled(request: IncomingMessage, stallMs: number): () => void {
  const { socket } = request
  let seen = socket.bytesRead
  const look = () => {
    if (socket.bytesRead === seen && !request.complete) request.destroy()
    seen = socket.bytesRead
  }
  const timer = setInterval(() => setImmediate(look), stallMs)
  return () => clearInterval(timer)
}

/** Two kinds of turns, so that nobody waits for a body that is larger than the own. */
export function takeTurnsBySize(limitBytes: number, small: Turns, large: Turns): RequestHandler {
  const [takeSmall, takeLarge] = [takeTurns(small), takeTurns(large)]
  return (request, response, next) => {
    const take = sizeOf(request) <= limitBytes ? takeSmall : takeLarge
    return take(request, response, next)
  }
}

/** A body that does not say how long it is may be of any length. */
const sizeOf = ({ headers }: IncomingMessage) => Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)
