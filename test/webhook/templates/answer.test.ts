import t from 'tap'
import { allowed, denied, patched, toText } from '../../../webhook/response.ts'
import { answerTemplate } from '../../../webhook/templates/answer.ts'

const first = { uid: 'uid-1', tokenVolume: 'volume-1', probeToken: 'token-1' }
const second = { uid: 'uid-2', tokenVolume: 'volume-2', probeToken: 'token-2' }

type Blanks = typeof first

/** Beside text that takes more than one byte for a character. */
const operationsOf = ({ tokenVolume, probeToken }: Blanks) => [
  {
    op: 'add',
    path: '/ä',
    value: { name: tokenVolume, env: [probeToken, 'ü', probeToken], mount: tokenVolume },
  } as const,
]

t.test('a patch has in each place what the other pod has', async (t) => {
  const answerTo = (blanks: Blanks) => patched(blanks.uid, operationsOf(blanks), ['Careful: ß'])
  const template = answerTemplate(answerTo(first), first)
  for (const blanks of [second, first, second]) t.equal(template?.fill(blanks), toText(answerTo(blanks)))
  t.equal(template?.needsToken, true)
})

t.test('what has no patch has another uid', async (t) => {
  for (const answerTo of [
    (uid: string) => allowed(uid),
    (uid: string) => allowed(uid, ['Careful: ß']),
    (uid: string) => denied(uid, 'No: "uid-1"'),
  ]) {
    const template = answerTemplate(answerTo(first.uid), { ...first, probeToken: undefined })
    t.equal(template?.fill(second), toText(answerTo(second.uid)))
    t.equal(template?.needsToken, false)
  }
})

t.test('a sentence that names the volume is for one pod only', async (t) => {
  t.equal(answerTemplate(denied('uid-1', 'No: volume-1'), first), undefined)
  t.equal(answerTemplate(allowed('uid-1', ['Careful: volume-1']), first), undefined)
  t.ok(answerTemplate(denied('uid-1', 'No: volume-1'), { ...first, tokenVolume: undefined }))
})
