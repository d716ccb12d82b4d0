import t from 'tap'
import { fixturePod, shell } from './fixture-pod.ts'

const probe = { httpGet: { port: 80 } }
const parse = (fields: object) => () => fixturePod({ containers: [shell('app', '', fields)] })

t.match(parse({ readinessProbe: probe })().spec.containers[0].readinessProbe, {
  periodSeconds: 10,
  failureThreshold: 3,
})
t.equal(parse({})().spec.terminationGracePeriodSeconds, 30)

// What cannot be played is said, with its place.
const refused: readonly [fields: object, message: RegExp][] = [
  [{ livenessProbe: probe }, /livenessProbe is not played[\s\S]*spec\.containers\[0\]\.livenessProbe/],
  [{ lifecycle: { preStop: { httpGet: { port: 80 } } } }, /only exec handlers are played/],
  [{ readinessProbe: { exec: { command: ['true'] } } }, /readinessProbe/],
  [{ env: [{ name: 'A', valueFrom: { secretKeyRef: {} } }] }, /env\[0\]/],
]
for (const [fields, message] of refused) t.throws(parse(fields), { message }, JSON.stringify(fields))
t.throws(() => fixturePod({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), { message: /only emptyDir volumes/ })
