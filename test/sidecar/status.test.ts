import t from 'tap'
import { fold } from '../../sidecar/snapshot.ts'
import { describe } from '../../sidecar/status.ts'

const hook = { command: ['/app/hooks/preOnline'], required: false, timeoutMs: 2_000 } as const
const settings = { hold: false, hooks: { preOnline: hook, verify: hook, reload: hook, postOffline: hook } }

const describeAfter = (...words: string[]) =>
  describe(fold(words.map((words, index) => `${1000 + index}.000000 ${words}`)), settings)

const warming = ['started b', 'checkurl-ok b']

t.test('a phase is its word, and a deletion is said', async (t) => {
  t.equal(describeAfter(...warming), 'warming')
  t.equal(describeAfter(...warming, 'deleting'), 'warming (the pod is being deleted)')
})

t.test('a failure is its code, what happened, and what to do', async (t) => {
  t.equal(
    describeAfter(
      'started b',
      'checkurl-gave-up b http://10.244.0.6:9999/health refused the connection, also after 5 s',
    ),
    "failed CheckurlTimeout: http://10.244.0.6:9999/health refused the connection, also after 5 s. Check the port, and that the app listens on the pod's IP; slow start: raise greenroom.dev/checkurl-timeout.",
  )
  t.equal(
    describeAfter(...warming, 'hook-exited b preOnline timeout'),
    'failed PreOnlineTimeout: preOnline was killed at its limit of 2 s. Mend it, or raise greenroom.dev/pre-online-timeout.',
  )
  t.equal(
    describeAfter(...warming, 'hook-exited b preOnline 3'),
    "failed PreOnlineFailed: preOnline exited with 3. Its output is in the sidecar's log; mend it, then say bring-online, or delete the pod.",
  )
  t.equal(
    describeAfter(...warming, 'hook-exited b preOnline 0', 'hook-exited b verify timeout'),
    'failed VerifyTimeout: verify was killed at its limit of 2 s. Mend it, or raise greenroom.dev/verify-timeout.',
  )
  t.match(
    describeAfter('started b', 'exited b', 'agent-lost b'),
    /^failed AgentLost: no agent answers .*\. Delete the pod/,
  )
})

t.test('a limit of less than a second, or in between, is one in seconds as it runs', async (t) => {
  const short = { ...settings, hooks: { ...settings.hooks, preOnline: { ...hook, timeoutMs: 1_500 } } }
  const lines = [...warming, 'hook-exited b preOnline timeout'].map((words) => `1.0 ${words}`)
  t.match(describe(fold(lines), short), / limit of 2 s\./)
})

t.test('who could not be told is named, until it takes the next word', async (t) => {
  const online = [...warming, 'hook-exited b preOnline 0', 'hook-exited b verify 0', 'online']
  const failed = [...online, 'announced online consul failed HTTP 500', 'announced online eureka ok HTTP 200']
  t.equal(describeAfter(...failed), 'online (consul could not be told)')
  t.equal(
    describeAfter(...failed, 'announced online eureka failed x', 'deleting'),
    'online (consul, eureka could not be told; the pod is being deleted)',
  )
  t.equal(describeAfter(...failed, 'exited b', 'announcing offline consul'), 'waiting')
})

t.test('a pod that is held back says by whom', async (t) => {
  const warm = [...warming, 'hook-exited b preOnline 0', 'hook-exited b verify 0']
  t.equal(describeAfter(...warm, 'hold x'), 'held: it is warm and waits for release')
  t.match(
    describeAfter(...warm, 'take-offline x', 'deleting'),
    /^held: an operator took it offline; .*\(the pod is being deleted\)$/,
  )
})

t.test('a debugging session is said, with who opened it, and ends with its run', async (t) => {
  const debugged = [...warming, 'debug-opened alice@example.com 3600']
  t.equal(
    describeAfter(...debugged),
    'warming (debugged by alice@example.com until 1970-01-01T01:16:42Z at the latest)',
  )
  t.equal(describeAfter(...debugged, 'debug-closed limit'), 'warming')
  t.equal(describeAfter(...debugged, 'exited b'), 'waiting')
  t.equal(describeAfter(...debugged, 'started c'), 'starting')
  t.equal(
    describeAfter(...warming, 'debug-opened mallory 9999999999999999'),
    'warming',
    'what no session may be is none',
  )
})
