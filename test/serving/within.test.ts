import t from 'tap'
import { within } from '../../serving/within.ts'

t.test('an answer in time is passed on, and so is what is wrong with it', async (t) => {
  t.equal(await within(Promise.resolve(7)), 7)
  await t.rejects(within(Promise.reject(new Error('no'))), /no/)
})

t.test('whoever does not answer is not waited for', async (t) => {
  const connection = setTimeout(() => {}, 10_000) // Something that keeps the process, as a server's does.
  t.teardown(() => clearTimeout(connection))
  await t.rejects(within(new Promise(() => {}), 20), /not answered within 20 ms/)
})
