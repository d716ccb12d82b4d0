import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhenResult } from 'cockatiel'
import type { AuthorizationPolicy } from '../../policy/schema/authorization-policy.ts'

/** Stands between the gate and a service that is down. */
export interface Breaker {
  /** Runs the call, or returns null without it. */
  readonly run: <T extends object>(call: () => Promise<T>) => Promise<T | null>
  /** Milliseconds until somebody may try again; 0 where calls go through. */
  readonly closedForMs: () => number
  readonly state: () => 'closed' | 'half-open' | 'open'
}

/** Said to whoever comes meanwhile. */
export const brokenDetail = 'the authorization service fails, and is left alone for a while'

interface Answered {
  readonly kind: string
}

/** `onOpen` hears of every opening, also of the one after a trial that failed. */
export function createBreaker({ failures, pause }: AuthorizationPolicy['breaker'], onOpen: () => void): Breaker {
  const isFailure = (result: unknown) => isAnswered(result) && result.kind === 'unavailable'
  const policy = circuitBreaker(handleWhenResult(isFailure), {
    halfOpenAfter: pause,
    breaker: new ConsecutiveBreaker(failures),
  })
  let openedAtMs = 0
  policy.onBreak(() => {
    openedAtMs = performance.now()
    onOpen()
  })
  return {
    async run(call) {
      try {
        return await policy.execute(call)
      } catch (error) {
        if (error instanceof BrokenCircuitError) return null
        throw error
      }
    },
    closedForMs: () => (policy.state === CircuitState.Open ? Math.max(0, openedAtMs + pause - performance.now()) : 0),
    state: () => names[policy.state],
  }
}

const names = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
} as const satisfies Record<CircuitState, string>

const isAnswered = (result: unknown): result is Answered =>
  typeof result === 'object' && result !== null && 'kind' in result
