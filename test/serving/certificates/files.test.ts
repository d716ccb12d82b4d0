import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mock } from 'node:test'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { certificateFromFiles } from '../../../serving/certificates/files.ts'
import { createAuthority, issueLeaf } from '../../../serving/certificates/issue.ts'

const authority = await createAuthority('test', new Date())
const issue = () => issueLeaf(authority, ['localhost'], new Date())

/** A source of two files, a clock for it, and what it logs. */
async function createStage(t: Test) {
  const first = await issue()
  const folder = t.testdir({ 'tls.crt': first.cert, 'tls.key': first.key })
  const log: { readonly msg: string }[] = []
  const logger = pino({}, { write: (line: string) => log.push(JSON.parse(line)) })
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const files = { cert: `${folder}/tls.crt`, key: `${folder}/tls.key`, host: 'localhost' }
  const source = await certificateFromFiles(files, logger)
  const applied: unknown[] = []
  const stop = await source.keep((certificate) => applied.push(certificate))
  t.teardown(stop)
  /** Until it has read twice: files are read in a few turns of the loop. */
  const round = async () => {
    mock.timers.tick(60_000)
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
  }
  const write = (name: 'crt' | 'key', text: string) => writeFileSync(`${folder}/tls.${name}`, text)
  return { first, source, applied, log, round, write }
}

t.test('files are read at start, and what another issuer writes later is handed on once', async (t) => {
  const { first, source, applied, round, write } = await createStage(t)
  t.strictSame(source.certificate, first)
  const second = await issue()
  write('crt', second.cert)
  write('key', second.key)
  while (applied.length === 0) await round()
  await round()
  t.strictSame(applied, [second])
  t.strictSame(source.expiries(), { serving: new X509Certificate(second.cert).validToDate.getTime() })
})

t.test('a half-written pair and a broken file are survived, and each said once', async (t) => {
  const { first, source, applied, log, round, write } = await createStage(t)
  const second = await issue()
  write('crt', second.cert)
  while (log.length === 0) await round()
  await round()
  await round()
  t.match(log, [{ err: { message: /tls\.crt and .*tls\.key: the private key is of another certificate/ } }])
  t.equal(log.length, 1)
  write('crt', '-----BEGIN CERT')
  while (log.length === 1) await round()
  await round()
  t.match(log[1], { err: { message: /the certificate is none in PEM/ } })
  t.equal(log.length, 2)
  t.strictSame(applied, [])
  t.strictSame(source.expiries(), { serving: new X509Certificate(first.cert).validToDate.getTime() })
  write('crt', second.cert)
  write('key', second.key)
  while (applied.length === 0) await round()
  t.strictSame(applied, [second])
})

t.test('files that are not there, or hold no pair, are an error', async (t) => {
  const silent = pino({ level: 'silent' })
  const at = (folder: string) => ({ cert: `${folder}/tls.crt`, key: `${folder}/tls.key`, host: 'localhost' })
  await t.rejects(certificateFromFiles(at('/none'), silent), { code: 'ENOENT' })
  const folder = t.testdir({ 'tls.crt': 'cert', 'tls.key': 'key' })
  await t.rejects(certificateFromFiles(at(folder), silent), /the certificate is none in PEM/)
})
