import fc from 'fast-check'
import t from 'tap'
import { annotations } from '../../policy/annotations.ts'
import { podSchema } from '../../policy/schema/pod.ts'
import { admit } from '../../webhook/admit.ts'
import { applied } from './support/review.ts'
import { setup } from './support/webhook.ts'

/** Texts of one kind that go to the edge of what is read, and over it. */
const duration = fc
  .tuple(fc.oneof(fc.nat(99), fc.nat(999_999_999)), fc.constantFrom('ms', 's', 'm', 'h'))
  .map(([number, unit]) => `${number}${unit}`)
const drain = fc
  .uniqueArray(fc.constantFrom('min', 'max', 'quiet'), { minLength: 1 })
  .chain((names) => fc.tuple(...names.map((name) => duration.map((text) => `${name}=${text}`))))
  .map((parts) => parts.join(','))

const texts = [
  [annotations.checkurl, fc.constantFrom(':1/', ':65535/health', 'tcp://:1')],
  [annotations.checkurlTimeout, duration],
  [annotations.preOnlineTimeout, duration],
  [annotations.verifyTimeout, duration],
  [annotations.reloadTimeout, duration],
  [annotations.postOfflineTimeout, duration],
  [annotations.drain, drain],
  [annotations.liveness, fc.constantFrom('composite', 'keep')],
] as const

/** What of these annotations is valid; what is not is left out, as for a pod of a controller. */
const validAnnotations = fc
  .tuple(...texts.map(([{ key, format }, text]) => text.map((each) => ({ key, each, value: format.parse(each) }))))
  .map((written) => {
    const valid = written.filter(({ value }) => value !== undefined).map(({ key, each }) => [key, each] as const)
    return Object.fromEntries([[annotations.inject.key, 'true'], [annotations.checkurl.key, ':1/'], ...valid])
  })

const grace = fc.constantFrom(undefined, 0, 1, 30, 86_400)

const podOf = (annotated: object, terminationGracePeriodSeconds: number | undefined) => ({
  metadata: { annotations: annotated },
  spec: { terminationGracePeriodSeconds, containers: [{ name: 'app' }] },
})

/** Numbers anywhere in a value, each with the name of its field. */
function numbersOf(value: unknown, field = ''): readonly (readonly [field: string, number: number])[] {
  if (typeof value === 'number') return [[field, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => numbersOf(child, key))
}

// The number fields of a pod that we write are int32 but the grace period, and that has no need of more.
const greatest = 2 ** 31 - 1

t.test('valid annotations make a pod whose numbers the API server takes', async () => {
  fc.assert(
    fc.property(validAnnotations, grace, (annotated, graceSeconds) => {
      const pod = podOf(annotated, graceSeconds)
      const { decision, operations } = admit(podSchema.parse(pod), 'shop', setup())
      const numbers = numbersOf(applied(pod, operations))
      return (
        decision.kind === 'inject' &&
        numbers.every(([, number]) => Number.isInteger(number) && number >= 0 && number <= greatest)
      )
    }),
    { numRuns: 1_000 },
  )
})

t.test('the grace period of a probe is at least one second', async () => {
  fc.assert(
    fc.property(validAnnotations, grace, (annotated, graceSeconds) => {
      const pod = podOf({ ...annotated, [annotations.liveness.key]: 'composite' }, graceSeconds)
      const { operations } = admit(podSchema.parse(pod), 'shop', setup())
      const probes = operations.filter(({ path }) => path.endsWith('/livenessProbe'))
      return probes
        .flatMap(({ value }) => numbersOf(value))
        .every(([field, number]) => field !== 'terminationGracePeriodSeconds' || number > 0)
    }),
  )
})
