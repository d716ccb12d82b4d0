import t from 'tap'
import { GreenroomError, sentenceLimit } from '../../policy/greenroom-error.ts'

const finding = {
  at: 'annotation greenroom.dev/drain',
  found: '30',
  expected: 'durations by name',
  fix: 'Write max=30s.',
}

t.test('an error says where, what was found, what was expected, and how to mend it', async (t) => {
  const { message, sentence, code } = new GreenroomError('AnnotationMalformed', finding)
  t.equal(code, 'AnnotationMalformed')
  t.equal(sentence, 'AnnotationMalformed: annotation greenroom.dev/drain is "30", expected durations by name.')
  t.equal(message, `${sentence} Write max=30s.`)
})

t.test('an error without a value says that it is missing', async (t) => {
  const { found: _, ...missing } = finding
  t.match(
    new GreenroomError('CheckurlMissing', missing).sentence,
    'annotation greenroom.dev/drain is missing, expected',
  )
})

t.test('a long value is cut so that the first sentence fits into a warning', async (t) => {
  const { sentence } = new GreenroomError('AnnotationMalformed', { ...finding, found: 'x'.repeat(1000) })
  t.equal(sentence.length, sentenceLimit)
  t.match(sentence, 'x…", expected durations by name.')
})

t.test('the cause is kept', async (t) => {
  const cause = new Error('ENOENT')
  t.equal(new GreenroomError('PolicyMalformed', finding, { cause }).cause, cause)
})
