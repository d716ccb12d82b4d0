import { ApiException } from '@kubernetes/client-node'
import t from 'tap'
import { brief, isOvertaken } from '../../serving/api-error.ts'

const answer = (code: number, body: unknown) =>
  new ApiException(code, 'Unknown API Status Code!', body, { audit: 'id' })

t.test("the API server's answer is its code and its sentence, without headers and stack", async (t) => {
  const sentence = 'mutatingwebhookconfigurations "greenroom" not found'
  const expected = `the API server answered 404: ${sentence}`
  t.equal(brief(answer(404, { kind: 'Status', message: sentence })), expected)
  t.equal(brief(answer(404, JSON.stringify({ kind: 'Status', message: sentence }))), expected, 'as text')
  t.equal(brief(answer(502, '<html>')), 'the API server answered 502')
})

t.test('any other error stays as it is', async (t) => {
  const error = new Error('connect ECONNREFUSED')
  t.equal(brief(error), error)
  t.equal(brief('text'), 'text')
})

t.test('who was overtaken by another writer is told from who failed', async (t) => {
  t.strictSame(
    [409, 422, 404].map((code) => isOvertaken(answer(code, {}))),
    [true, true, false],
  )
  t.notOk(isOvertaken(new Error('422')))
  const failedTest = { kind: 'Status', reason: 'Invalid', details: {}, code: 422 }
  const broken = { ...failedTest, details: { causes: [{ reason: 'FieldValueInvalid', field: 'webhooks[0]' }] } }
  t.ok(isOvertaken(answer(422, JSON.stringify(failedTest))))
  t.notOk(isOvertaken(answer(422, broken)), 'what breaks a rule of the API server fails for ever')
})
