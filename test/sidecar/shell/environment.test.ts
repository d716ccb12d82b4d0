import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { agentStage } from './agent-stage.ts'
import { helper } from './app.ts'
import { helperFolder, type Stage } from './stage.ts'

// What of ours stands before the app's own programs are scripts of our shell: keeper, agent and hook, start, offline. None of
// these programs may see by its environment that they are there.

const borrowed = basename(helperFolder()) === 'helper-borrowed'
const skip =
  borrowed && "Debian's busybox, which is borrowed where nothing compiles, has no image/helper/ash-environment.patch"

// Kubernetes takes all of these. After them what the shell has a use for itself, and then what our scripts do.
const env = {
  'spring.profiles.active': 'prod',
  'MY-VAR': '1',
  'lines.of': 'one\ntwo\n',
  LINES_OF: 'one\n\ttwo\n',
  EMPTY: '',
  ...{ PWD: '/nowhere', OLDPWD: '/elsewhere', SHLVL: '4', IFS: ',', OPTIND: '7', PPID: '1', PS4: 'app', _: '/bin/it' },
  ...{ RANDOM: '5', EPOCHSECONDS: '1', HOSTNAME: 'orders-1', HOME: '/home/nonroot' },
  ...{ here: 'x', busybox: 'x', run: 'x', limit: '0', name: 'x', boot: 'x', uuid: 'x', last: 'x', code: 'x', ifs: 'x' },
  ...{ group: 'x', line: 'x', second: 'x', count: 'x', tries: '999', command: 'x', reason: 'x', pod_name: 'x' },
}

// A shell would be a bad witness; cp hands down what the kernel says that it was started with.
const witness = (file: string) => ['/bin/cp', '/proc/self/environ', file]
const seen = (stage: Stage, file: string) => readFileSync(join(stage.app, file), 'utf8').split('\0').slice(0, -1)

/** An app with that environment, and what a program sees that nobody of ours has started. */
async function appStage(t: Parameters<typeof agentStage>[0]) {
  const app = await agentStage(t, { env, postStart: witness('postStart') })
  await app.stage.start({ container: 'app', argv: witness('direct'), env }).exited
  return { ...app, direct: seen(app.stage, 'direct') }
}

t.test("a hook sees the app's environment, its five variables, and nothing else", { skip }, async (t) => {
  const { stage, request, exit, direct } = await appStage(t)
  request({ argv: witness('hook') })
  t.equal(await exit(), '0')
  for (const [name, value] of Object.entries(env)) t.ok(direct.includes(`${name}=${value}`), name)
  const own = ['HOOK=preOnline', 'POD_IP=127.0.0.1', 'POD_NAME=pod-1', 'POD_NAMESPACE=shop', 'REASON=start']
  const [inherited, added] = [seen(stage, 'hook').slice(0, direct.length), seen(stage, 'hook').slice(direct.length)]
  t.strictSame(inherited, direct)
  t.strictSame(
    added.sort(),
    own.map((variable) => `GREENROOM_${variable}`),
  )
})

t.test('postStart and preStop see what they would see without us', { skip }, async (t) => {
  const { stage, direct } = await appStage(t)
  t.strictSame(seen(stage, 'postStart'), direct)
  const own = ['--', ...witness('preStop')]
  const argv = helper(stage, 'offline', join(stage.run, 'shared'), '1', '1', ...own)
  t.equal(await stage.start({ container: 'app', argv, env }).exited, 0)
  t.strictSame(seen(stage, 'preStop'), direct)
})

t.test('an environment without PATH gets none', { skip }, async (t) => {
  const { stage } = await agentStage(t)
  const bare = ['/usr/bin/env', '-u', 'PATH']
  const argv = [...bare, ...helper(stage, 'offline', '/nonexistent', '1', '1', '--', ...witness('preStop'))]
  await stage.start({ container: 'app', argv: [...bare, ...witness('direct')] }).exited
  t.equal(await stage.start({ container: 'app', argv }).exited, 0)
  t.strictSame(seen(stage, 'preStop'), seen(stage, 'direct'))
})
