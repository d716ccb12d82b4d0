import t from 'tap'
import { isTooIntricate, structureLimit } from '../../webhook/review-size.ts'
import { reviewOf } from './support/review.ts'

const podWith = (variables: number) => {
  const env = Array.from({ length: variables }, (_, index) => ({ name: `VARIABLE_${index}`, value: 'a value' }))
  return Buffer.from(reviewOf({ metadata: { name: 'orders' }, spec: { containers: [{ name: 'app', env }] } }))
}

t.test('lists, objects and what separates their members are counted', async (t) => {
  for (const text of ['[', '{', ',']) {
    const filled = (count: number) => Buffer.from(text.repeat(count) + 'x'.repeat(300_000))
    t.equal(isTooIntricate(filled(structureLimit)), false, text)
    t.equal(isTooIntricate(filled(structureLimit + 1)), true, text)
  }
  t.equal(isTooIntricate(Buffer.from('x'.repeat(1_000_000))), false)
})

t.test('a pod of five thousand environment variables is none too many', async (t) => {
  t.equal(isTooIntricate(podWith(5_000)), false)
  t.equal(isTooIntricate(podWith(50_000)), true)
})
