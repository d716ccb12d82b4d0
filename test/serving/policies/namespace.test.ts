import t from 'tap'
import { parseNamespace } from '../../../serving/policies/namespace.ts'

const createdMs = Date.UTC(2026, 0, 1)
const writtenMs = createdMs + 60_000
const iso = (ms: number) => new Date(ms).toISOString()

t.test('of each label is known when it was written, where somebody owns it', async (t) => {
  const labels = { team: 'shop', tier: 'gold', 'kubernetes.io/metadata.name': 'shop' }
  const managedFields = [
    { time: iso(writtenMs), fieldsV1: { 'f:metadata': { 'f:labels': { 'f:team': {} } } } },
    { time: iso(writtenMs + 1), fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:tier': {} } } } },
  ]
  const metadata = { name: 'shop', resourceVersion: '1', creationTimestamp: iso(createdMs), labels, managedFields }
  t.same(parseNamespace({ metadata })?.labelledMs, {
    team: writtenMs,
    tier: null,
    'kubernetes.io/metadata.name': createdMs,
  })
})
