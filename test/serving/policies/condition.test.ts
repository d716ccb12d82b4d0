import t from 'tap'
import { GreenroomError } from '../../../policy/greenroom-error.ts'
import { isRecord } from '../../../policy/json.ts'
import type { Reading } from '../../../serving/policies/book.ts'
import { acceptedSpec, acceptedStatus, type Observed } from '../../../serving/policies/condition.ts'

const accepted: Reading = { kind: 'accepted' }
const problem = new GreenroomError('PolicyMalformed', { at: 'x', expected: 'y', fix: 'Mend it.' })
const refused: Reading = { kind: 'refused', problem }
const spec = { check: true }
const fresh: Observed = { generation: 1, spec, status: undefined, version: '1.1.0', nowMs: Date.UTC(2026, 0, 2) }

t.test('an accepted policy says so, and keeps what was accepted', async (t) => {
  const status = acceptedStatus(accepted, fresh)
  t.match(status, {
    version: '1.1.0',
    accepted: spec,
    conditions: [
      {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        observedGeneration: 1,
        lastTransitionTime: '2026-01-02T00:00:00Z',
      },
    ],
  })
  t.equal(acceptedSpec(status), spec)
})

t.test('a refused one names its mistake, and does not touch what was accepted', async (t) => {
  const before = acceptedStatus(accepted, fresh)
  const status = acceptedStatus(refused, { ...fresh, generation: 2, status: before, nowMs: Date.UTC(2026, 0, 3) })
  t.match(status, {
    conditions: [{ status: 'False', reason: 'PolicyMalformed', lastTransitionTime: '2026-01-03T00:00:00Z' }],
  })
  t.match(status?.conditions[0], { message: `${problem.message} The version before it holds.` })
  t.notOk(status && 'accepted' in status, 'a merge patch leaves it')
})

t.test('what is written already is not written again, by any replica', async (t) => {
  const status = acceptedStatus(accepted, fresh)
  t.equal(acceptedStatus(accepted, { ...fresh, status, nowMs: fresh.nowMs + 5_000 }), undefined)
})

t.test('what turns without a change of the object, as with a file that came later, is written', async (t) => {
  const status = acceptedStatus(refused, fresh)
  t.match(acceptedStatus(accepted, { ...fresh, status }), { conditions: [{ status: 'True', observedGeneration: 1 }] })
})

t.test('of two releases the newer judges a generation, so that they do not overwrite each other', async (t) => {
  const byNewer = acceptedStatus(accepted, fresh)
  t.equal(acceptedStatus(refused, { ...fresh, status: byNewer, version: '1.0.0' }), undefined)
  const byOlder = acceptedStatus(refused, { ...fresh, version: '1.0.0' })
  t.match(acceptedStatus(accepted, { ...fresh, status: byOlder }), { conditions: [{ status: 'True' }] })
  t.match(
    acceptedStatus(refused, { ...fresh, generation: 2, status: byNewer, version: '1.0.0' }),
    { conditions: [{ observedGeneration: 2 }] },
    'a later generation is judged by whoever sees it',
  )
})

t.test('the time of the last turn stays while nothing turns, and conditions of others stay', async (t) => {
  const other = { type: 'Other', status: 'True' }
  const before = acceptedStatus(accepted, fresh)
  const status = { ...before, conditions: [other, ...(before?.conditions ?? [])] }
  t.match(acceptedStatus(accepted, { ...fresh, generation: 2, status, nowMs: fresh.nowMs + 1e9 }), {
    conditions: [other, { lastTransitionTime: '2026-01-02T00:00:00Z', observedGeneration: 2 }],
  })
})

t.test('what an accepted change has removed is gone from what was accepted, after the merge', async (t) => {
  const asked = { inject: 'always', podSelector: { matchLabels: { tier: 'canary', team: 'shop' } }, announce: ['a'] }
  const status = acceptedStatus(accepted, { ...fresh, spec: asked })
  for (const next of [{ inject: 'always' }, { podSelector: { matchLabels: { team: 'shop' } }, announce: [] }, {}]) {
    const patch = acceptedStatus(accepted, { ...fresh, generation: 2, spec: next, status })
    t.same(acceptedSpec(merged(status, patch)), next)
  }
})

/** As an API server takes a merge patch: https://www.rfc-editor.org/rfc/rfc7396#section-2 */
function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const before = isRecord(target) ? target : {}
  const entries = Object.entries(patch).map(([key, value]) => [key, value === null ? null : merged(before[key], value)])
  return Object.fromEntries(Object.entries({ ...before, ...Object.fromEntries(entries) }).filter(([, v]) => v !== null))
}
