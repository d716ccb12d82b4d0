import t from 'tap'
import { findKeyProblems } from '../../policy/key-problems.ts'
import { annotated, pod } from './pods.ts'

const messages = (annotations: Readonly<Record<string, string>>) =>
  findKeyProblems(annotated(annotations)).map(({ message }) => message)

t.test('valid keys are no problem', async (t) => {
  t.strictSame(messages({ inject: 'true', drain: 'max=30s', checkurl: ':8080/health' }), [])
})

t.test('an unknown key is answered with the nearest valid one', async (t) => {
  t.strictSame(messages({ 'check-url': '/health' }), [
    'AnnotationUnknown: annotation key is "greenroom.dev/check-url", expected a known key.' +
      ' Did you mean annotation greenroom.dev/checkurl?',
  ])
})

t.test('a key that is near none is answered with all of them', async (t) => {
  t.match(messages({ weather: 'fine' })[0], 'Known are inject, container, application, checkurl,')
})

t.test('a malformed value is answered with a valid one', async (t) => {
  t.strictSame(messages({ drain: '30' }), [
    'AnnotationMalformed: annotation greenroom.dev/drain is "30", expected min, max, quiet like 90s, up to 24h.' +
      ' Write greenroom.dev/drain: "min=5s,max=30s,quiet=2s", or remove it to take the policy\'s value.',
  ])
})

t.test('the remedy says what counts without the key', async (t) => {
  t.match(messages({ inject: 'yes' })[0], /Write greenroom\.dev\/inject: "true", or remove it\.$/)
  t.match(messages({ container: '-' })[0], / or remove it to take the container called app, or the only one\.$/)
  t.match(messages({ checkurl: '8080' })[0], / or remove it to take the app container's probe\.$/)
  t.match(messages({ 'pre-online': 'warm' })[0], / or remove it to take preOnline in the hooks directory\.$/)
  t.match(messages({ 'healthcheck-dir': 'www' })[0], / or remove it\.$/)
  t.match(messages({ lxcfs: 'yes' })[0], / or remove it to take the policy's value\.$/)
})

t.test('a checkurl by TLS is among what is expected', async (t) => {
  t.match(
    messages({ checkurl: 'https://orders:8443/' })[0],
    /expected \[https:\/\/\]:port\/path, \/path, tcp:\/\/:port\./,
  )
})

t.test('a value that is too long is answered with its bound', async (t) => {
  t.match(
    messages({ 'pre-online': `/app/warm ${'x'.repeat(70_000)}` })[0],
    /is "\/app\/warm x+…", expected at most 2000 bytes\./,
  )
})

t.test('a key of a later release is known, and said to be without effect', async (t) => {
  const keys = { 'healthcheck-path': '/healthcheck.html' }
  t.strictSame(
    findKeyProblems(annotated(keys)).map(({ code }) => code),
    ['NotYetSupported'],
  )
  t.match(messages({ debug: 'yes' })[0], /^AnnotationMalformed/)
})

t.test('only inject may be a label', async (t) => {
  const labelled = pod({ metadata: { labels: { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': 'x' } } })
  t.strictSame(
    findKeyProblems(labelled).map(({ sentence }) => sentence),
    ['AnnotationUnknown: label key is "greenroom.dev/checkurl", expected greenroom.dev/inject or an annotation.'],
  )
})
