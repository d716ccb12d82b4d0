import t from 'tap'
import { annotations, readAnnotation, writtenByPeople } from '../../policy/annotations.ts'
import { GreenroomError, sentenceLimit } from '../../policy/greenroom-error.ts'
import { annotated, pod } from './pods.ts'

t.test('every key is written once, and its example is valid', async (t) => {
  const rows = Object.values(annotations)
  t.equal(new Set(rows.map(({ key }) => key)).size, rows.length)
  for (const { key, format } of rows) t.not(format.parse(format.example), undefined, key)
})

t.test('what is expected of every key fits into one warning, with room for a value', async (t) => {
  for (const { key, format } of Object.values(annotations)) {
    const finding = { at: `annotation ${key}`, found: 'x'.repeat(300), expected: format.expected, fix: '' }
    t.ok(new GreenroomError('AnnotationMalformed', finding).sentence.length <= sentenceLimit, key)
  }
})

t.test('a value is read from the annotation', async (t) => {
  t.equal(readAnnotation(annotated({ debug: 'true' }), annotations.debug), true)
  t.equal(readAnnotation(annotated({ debug: 'yes' }), annotations.debug), undefined, 'malformed')
  t.equal(readAnnotation(pod(), annotations.debug), undefined, 'absent')
})

t.test('inject is also read from a label, after the annotation; other keys are not', async (t) => {
  const labels = { 'greenroom.dev/inject': 'true', 'greenroom.dev/debug': 'true' }
  const labelled = pod({ metadata: { labels } })
  t.equal(readAnnotation(labelled, annotations.inject), true)
  t.equal(readAnnotation(labelled, annotations.debug), undefined)
  const both = pod({ metadata: { labels, annotations: { 'greenroom.dev/inject': 'false' } } })
  t.equal(readAnnotation(both, annotations.inject), false)
})

t.test('what Greenroom wrote itself and what is not under its prefix is not what people wrote', async (t) => {
  const metadata = {
    annotations: { 'greenroom.dev/status': '{}', 'example.com/inject': 'true', 'greenroom.dev/injct': 'true' },
    labels: { 'greenroom.dev/injected': 'true', app: 'orders' },
  }
  t.strictSame(writtenByPeople(pod({ metadata })), [{ kind: 'annotation', key: 'greenroom.dev/injct', text: 'true' }])
  t.strictSame(writtenByPeople(pod({ metadata: { annotations: null, labels: null } })), [])
})
