import t from 'tap'
import { allowed, denied, errored, patched, toText } from '../../webhook/response.ts'

t.test('a pod that stays as it is has neither patch nor type', async (t) => {
  t.strictSame(allowed('u'), { uid: 'u', allowed: true })
})

t.test('a patch is base64 of its operations', async (t) => {
  const operations = [{ op: 'add', path: '/a', value: 'ü' }] as const
  const { patch, ...rest } = patched('u', operations)
  t.strictSame(rest, { uid: 'u', allowed: true, patchType: 'JSONPatch' })
  t.strictSame(JSON.parse(Buffer.from(patch ?? '', 'base64').toString('utf8')), operations)
})

t.test('a denial is 403, an error 400, each with its message', async (t) => {
  t.strictSame(denied('u', 'no'), { uid: 'u', allowed: false, status: { code: 403, message: 'no' } })
  t.strictSame(errored('u', 'odd'), { uid: 'u', allowed: false, status: { code: 400, message: 'odd' } })
})

t.test('warnings are cut to 120 characters each and 4096 together', async (t) => {
  const { warnings = [] } = allowed(
    'u',
    Array.from({ length: 100 }, () => 'x'.repeat(200)),
  )
  t.ok(warnings.every((warning) => warning.length === 120 && warning.endsWith('…')))
  t.ok(warnings.join('').length <= 4096)
  t.equal(warnings.length, 34)
})

t.test('the envelope names version and kind', async (t) => {
  const operations = [{ op: 'add', path: '/a', value: 'ü' }] as const
  for (const response of [allowed('u'), allowed('u', ['"']), denied('u', 'no'), patched('u', operations, ['}}'])]) {
    const envelope = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
    t.strictSame(JSON.parse(toText(response)), envelope)
  }
})
