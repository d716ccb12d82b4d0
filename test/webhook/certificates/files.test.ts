import { writeFileSync } from 'node:fs'
import { mock } from 'node:test'
import { pino } from 'pino'
import t from 'tap'
import { certificateFromFiles } from '../../../webhook/certificates/files.ts'

const silent = pino({ level: 'silent' })

t.test('files are read at start, and what another issuer writes later is handed on', async (t) => {
  const folder = t.testdir({ 'tls.crt': 'cert 1', 'tls.key': 'key 1' })
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const source = await certificateFromFiles(`${folder}/tls.crt`, `${folder}/tls.key`, silent)
  t.strictSame(source.certificate, { cert: 'cert 1', key: 'key 1' })
  await source.publish()

  const applied = Promise.withResolvers<unknown>()
  const stop = source.keepFresh(applied.resolve)
  writeFileSync(`${folder}/tls.crt`, 'cert 2')
  writeFileSync(`${folder}/tls.key`, 'key 2')
  mock.timers.tick(60_000)
  t.strictSame(await applied.promise, { cert: 'cert 2', key: 'key 2' })
  stop()
})

t.test('a file that is not there is an error', async (t) => {
  await t.rejects(certificateFromFiles('/none/tls.crt', '/none/tls.key', silent), { code: 'ENOENT' })
})
