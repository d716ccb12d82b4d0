import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import t from 'tap'
import type { InjectionPolicy } from '../../../policy/schema/injection-policy.ts'
import { parsePolicy } from '../../../policy/schema/parse-policy.ts'
import { podSchema } from '../../../policy/schema/pod.ts'
import { admit } from '../../../webhook/admit.ts'
import type { Operation } from '../../../webhook/patch.ts'
import { arbitraryPod } from './arbitrary-pod.ts'
import type { Pod } from './generated.ts'
import { qosClass } from './qos-class.ts'
import { setup } from './webhook.ts'
import { withoutGreenroom } from './without-greenroom.ts'
import { findWrong, type Wanted } from './written-over.ts'

/** Of 20,000: four files, for tests run side by side and each has a time limit. */
const numRuns = 5_000

/**
 * Has generated pods admitted under a policy, its spec in YAML: each gets what it should, keeps all else, and a second pass finds
 * nothing to do.
 */
export function checkPods(what: string, spec: string, wanted: Wanted) {
  const text = `{ apiVersion: greenroom.dev/v1alpha1, kind: InjectionPolicy, metadata: { name: x }, spec: ${spec} }`
  const policy = parsePolicy(text, what)
  t.test(`${numRuns} pods ${what}`, async (t) => {
    const classes = new Map<string, number>()
    Error.stackTraceLimit = 0 // Of the warnings, of which each pod has some. A failure says what was wrong, and for which pod.
    fc.assert(
      fc.property(arbitraryPod, (pod) => {
        const problem = problemOf(pod, policy, wanted)
        if (problem) throw new Error(problem)
        classes.set(qosClass(pod), (classes.get(qosClass(pod)) ?? 0) + 1)
      }),
      { numRuns },
    )
    // A class that never comes proves nothing.
    for (const name of ['BestEffort', 'Burstable', 'Guaranteed'])
      t.ok((classes.get(name) ?? 0) > numRuns / 50, `${name}: ${classes.get(name)}`)
  })
}

function problemOf(before: Pod, policy: InjectionPolicy, wanted: Wanted): string | undefined {
  const { decision, operations } = verdictOn(before, policy, 'token')
  if (decision.kind !== 'inject') return `not injected: ${decision.reason}`
  const after = patched(before, operations)
  const wrong = findWrong(before, after, wanted)
  if (wrong.length > 0) return `wrong: ${wrong.join(', ')}`
  if (!isSame(withoutGreenroom(after), withoutGreenroom(before))) return 'something else was touched'
  const again = verdictOn(after, policy, 'another').operations
  return again.length > 0 ? `a second pass: ${JSON.stringify(again)}` : undefined
}

const verdictOn = (pod: Pod, policy: InjectionPolicy, token: string) =>
  admit(podSchema.parse(pod), 'shop', { ...setup(policy), drawToken: () => token })

/** Not validated operation by operation, nor copied before each: goldens are, and it takes half of the time. */
function patched(pod: Pod, operations: readonly Operation[]): Pod {
  return jsonPatch.applyPatch(JSON.parse(JSON.stringify(pod)), operations, false, true).newDocument
}

/** Nearly always the texts are equal, and they are sooner compared. */
const isSame = (one: object, other: object) =>
  JSON.stringify(one) === JSON.stringify(other) || isDeepStrictEqual(one, other)
