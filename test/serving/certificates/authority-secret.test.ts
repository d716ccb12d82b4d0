import t from 'tap'
import { retiredAtAnnotation, rotateAnnotation } from '../../../policy/names.ts'
import { authoritySecret } from '../../../serving/certificates/authority-secret.ts'
import { createAuthority } from '../../../serving/certificates/issue.ts'
import { type Authority, startWith } from '../../../serving/certificates/rotation.ts'
import { fakeSecrets, place, refusal } from './support.ts'

const nowMs = Date.parse('2026-01-02T03:04:05Z')
const draw = () => createAuthority('test', new Date(nowMs))
const inBase64 = (text: string) => Buffer.from(text).toString('base64')

async function createStage() {
  const secrets = fakeSecrets(() => nowMs)
  const secret = authoritySecret(secrets.api, place)
  const read = async () => {
    const { stored } = await secret.read()
    if (!stored) throw new Error('expected a Secret')
    return stored
  }
  const full: Authority = {
    signing: await draw(),
    next: await draw(),
    retired: [(await draw()).cert, (await draw()).cert],
    retiredAtMs: nowMs,
    isRotationRequested: true,
  }
  return { secrets, secret, read, full }
}

t.test('what is written is what is read', async (t) => {
  const { secret, read, full } = await createStage()
  await secret.write(undefined, full)
  t.strictSame((await read()).authority, full)
  const least = startWith(await draw())
  await secret.write(await read(), least)
  t.strictSame((await read()).authority, least)
  t.equal((await read()).isComplete, true)
})

t.test('the Secret has the type and keys that other tools know', async (t) => {
  const { secrets, secret, full } = await createStage()
  await secret.write(undefined, full)
  t.match(secrets.get(), {
    metadata: {
      ...place,
      annotations: { [rotateAnnotation]: 'deleted', [retiredAtAnnotation]: '2026-01-02T03:04:05.000Z' },
    },
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': inBase64(full.signing.cert),
      'ca.crt': inBase64([...full.retired, full.signing.cert, full.next?.cert].join('\n')),
    },
  })
})

t.test('what others put on the Secret stays', async (t) => {
  const { secrets, secret, read, full } = await createStage()
  await secret.write(undefined, full)
  secrets.annotate('example.com/owner', 'us')
  await secret.write(await read(), full)
  t.match(secrets.get()?.metadata, {
    annotations: { 'example.com/owner': 'us' },
    labels: { 'app.kubernetes.io/name': 'greenroom' },
  })
})

t.test('a write by what is not there any more does nothing', async (t) => {
  const { secrets, secret, read, full } = await createStage()
  await secret.write(undefined, full)
  const before = await read()
  t.equal(await secret.write(undefined, full), undefined, 'created already')
  secrets.annotate('example.com/owner', 'us')
  t.equal(await secret.write(before, full), undefined, 'changed')
  secrets.remove()
  t.equal(await secret.write(before, full), undefined, 'deleted')
})

t.test('the time of the API server comes with every answer', async (t) => {
  const { secret, full } = await createStage()
  t.strictSame(await secret.read(), { stored: undefined, nowMs })
  await secret.write(undefined, full)
  t.equal((await secret.read()).nowMs, nowMs)
})

t.test('a Secret without its parts is an error that says what to do', async (t) => {
  const { secrets, secret, full } = await createStage()
  await secret.write(undefined, full)
  const { data = {} } = secrets.get() ?? {}
  const another = await draw()
  for (const [changes, message] of [
    [{ 'tls.crt': '' }, /greenroom-authority has no tls\.crt.* delete it/],
    [{ 'tls.crt': inBase64('none') }, /tls\.crt and tls\.key of Secret greenroom-authority: the certificate is none/],
    [{ 'tls.key': inBase64(another.key) }, /the private key is of another certificate; delete it/],
    [{ 'next.key': inBase64('none') }, /next\.crt of Secret greenroom-authority: the private key is none/],
  ] as const) {
    secrets.put((present) => ({ ...present, data: { ...data, ...changes } }))
    await t.rejects(secret.read(), message)
  }
})

t.test('every other error is passed on', async (t) => {
  const { secrets, full } = await createStage()
  const forbidden = async () => {
    throw refusal(403)
  }
  const secret = authoritySecret({ ...secrets.api, createNamespacedSecret: forbidden }, place)
  await t.rejects(secret.write(undefined, full), { code: 403 })
  const unread = authoritySecret({ ...secrets.api, readNamespacedSecretWithHttpInfo: forbidden }, place)
  await t.rejects(unread.read(), { code: 403 })
})
