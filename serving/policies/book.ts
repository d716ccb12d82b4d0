import { isDeepStrictEqual } from 'node:util'
import { byPrecedence, choosePolicy, type NamedPolicy, type Selected } from '../../policy/choose-policy.ts'
import { GreenroomError } from '../../policy/greenroom-error.ts'
import { keysOf } from '../../policy/label-selector.ts'
import type { InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import type { PolicyObject } from '../../policy/schema/parse-policy.ts'

/** What became of an object as it is now: read, or refused for this. */
export type Reading = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly problem: GreenroomError }

/** The policies that hold, in their order. */
export interface PolicyBook {
  /**
   * Changes of one object count in the order in which they come. `before`: as it was accepted last, where that is known.
   * Rejects where the object could not be looked at.
   */
  readonly put: (name: string, object: PolicyObject, before?: PolicyObject) => Promise<Reading>
  readonly remove: (name: string) => Promise<void>
  /** The same object as long as nothing of it changes. */
  readonly choose: (selected: Selected) => NamedPolicy | undefined
  readonly all: () => readonly NamedPolicy[]
  /** Whether any of them looks at a namespace's labels. */
  readonly asksNamespaces: () => boolean
}

export type ReadPolicy = (object: PolicyObject, name: string) => Promise<InjectionPolicy>

/**
 * Keeps the last good version of each policy: one that cannot be read changes nothing for pods, for what its author meant is
 * not known, and what held until now was meant once. `readBefore` is asked for a version that was accepted by others.
 */
export function createPolicyBook(read: ReadPolicy, readBefore = read): PolicyBook {
  let ordered: readonly NamedPolicy[] = []
  let work: Promise<unknown> = Promise.resolve()

  const without = (name: string) => ordered.filter((each) => each.name !== name)
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = work.then(act)
    work = turn.catch(() => {}) // Whoever asked is told.
    return turn
  }

  async function take(name: string, object: PolicyObject, readIt: ReadPolicy): Promise<Reading> {
    try {
      const policy = await readIt(object, name)
      const present = ordered.find((each) => each.name === name)
      // Read again is not changed: a status is written now and then, and files are looked at every few seconds.
      if (isDeepStrictEqual(present?.policy, policy)) return { kind: 'accepted' }
      ordered = [...without(name), { name, policy }].toSorted(byPrecedence)
      return { kind: 'accepted' }
    } catch (problem) {
      if (problem instanceof GreenroomError) return { kind: 'refused', problem }
      throw problem
    }
  }

  return {
    put: (name, object, before) =>
      inTurn(async () => {
        const reading = await take(name, object, read)
        if (reading.kind === 'refused' && before && !ordered.some((each) => each.name === name))
          await take(name, before, readBefore)
        return reading
      }),
    remove: (name) =>
      inTurn(async () => {
        ordered = without(name)
      }),
    choose: (selected) => choosePolicy(ordered, selected),
    all: () => ordered,
    asksNamespaces: () => ordered.some(({ policy }) => keysOf(policy.namespaceSelector).length > 0),
  }
}
