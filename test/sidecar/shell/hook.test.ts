import { chmodSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { agentStage } from './agent-stage.ts'
import { addProgram } from './app.ts'
import { processState } from './proc.ts'
import { journal, sayToAgent } from './sidecar.ts'
import { until } from './until.ts'

t.jobs = 6

t.test('output comes line by line while the hook runs, from stdout and stderr', async (t) => {
  const { stage, request, exited, exit, output, program } = await agentStage(t)
  request({
    argv: [program(`echo one; echo two >&2; until [ -e ${stage.app}/go ]; do sleep 0.02; done; printf three`)],
  })
  await until('two lines', () => output().length === 2)
  t.notOk(exited(), 'it is still running')
  t.strictSame(output(), ['one', 'two'])
  addProgram(stage, 'go', '')
  t.equal(await exit(), '0')
  await until('the third', () => output().length === 3)
  t.equal(output()[2], 'three', 'the last line need not end')
})

t.test('what is in a line goes through as it is, and long lines come in parts', async (t) => {
  const { request, exit, output, program } = await agentStage(t)
  const odd = String.raw`  a\tb %s "x" 'y' $HOME \ *`
  const body = `cat <<'END'\n${odd}\nEND\nhead -c 5000 /dev/zero | tr '\\0' x; echo; echo; echo last`
  request({ argv: [program(body)] })
  t.equal(await exit(), '0')
  await until('the last', () => output().includes('last'))
  t.equal(output()[0], odd)
  const long = output().filter((line) => line.startsWith('x'))
  t.equal(long.join('').length, 5000)
  t.ok(long.every((line) => line.length <= 1000))
})

const exits: [name: string, body: string, code: string][] = [
  ['success', 'exit 0', '0'],
  ['failure', 'exit 3', '3'],
  ['killed by itself', 'kill -9 $$', '137'],
  ['terminated', 'kill -15 $$', '143'],
]

t.test('exit codes', async (t) => {
  const { request, exit, program, stage } = await agentStage(t)
  for (const [index, [name, body, code]] of exits.entries()) {
    request({ name: `hook-${index}`, argv: [program(body)] })
    t.equal(await exit(`hook-${index}`), code, name)
  }
  request({ name: 'missing', argv: ['/nonexistent/hook'] })
  t.equal(await exit('missing'), '127')
  request({ name: 'folder', argv: [stage.app] })
  t.equal(await exit('folder'), '126')
  request({ name: 'absent', need: 'optional', argv: ['/nonexistent/hook'] })
  t.equal(await exit('absent'), 'absent')
  request({ name: 'optional', need: 'optional', argv: [program('exit 4')] })
  t.equal(await exit('optional'), '4', 'optional is only its presence')
})

t.test('a hook that cannot be run is named, in words that say what to mend', async (t) => {
  const { request, exit, output, stage, program } = await agentStage(t)
  const file = program('exit 0')
  chmodSync(file, 0o644)
  for (const [name, path, code, words] of [
    ['plain', file, '126', 'not executable: chmod +x it, or give its ConfigMap defaultMode 0555'],
    ['folder', stage.app, '126', 'not executable: chmod +x it, or give its ConfigMap defaultMode 0555'],
    ['missing', '/nonexistent/hook', '127', 'not in the image'],
  ] as const) {
    request({ name, argv: [path] })
    t.equal(await exit(name), code, name)
    await until(`its word: ${name}`, () => output(name).length > 0)
    t.strictSame(output(name), [`${path}: ${words}`])
  }
})

t.test('arguments arrive whole', async (t) => {
  const { request, exit, output, program } = await agentStage(t)
  const words = [
    'a b',
    '  both ends  ',
    '',
    '*',
    '$HOME',
    '`id`',
    '"',
    "'",
    '\\',
    '\\n',
    '-n',
    '%s',
    'ü',
    '\ttab\t',
    'a;b&c|d',
    '',
    ' ',
  ]
  request({ argv: [program('for word; do printf "<%s>\\n" "$word"; done'), ...words] })
  t.equal(await exit(), '0')
  await until('all', () => output().length === words.length)
  t.strictSame(
    output(),
    words.map((word) => `<${word}>`),
  )
})

t.test('the limit ends the hook with its children and grandchildren', async (t) => {
  const { request, exit, output, program, said } = await agentStage(t)
  request({ limit: 1, argv: [program('echo begin; (sleep 600 & echo $! >grandchild; wait) & sleep 600')] })
  t.equal(await exit(), 'timeout')
  await until('the last word', () => output().length === 2)
  t.strictSame(output(), ['begin', 'ended at its limit of 1 s'])
  const grandchild = Number(await said('grandchild'))
  await until('the end of the grandchild', () => ['', 'Z'].includes(processState(grandchild)))
})

t.test('however many hooks end at their limit, each is reported', async (t) => {
  const { request, exit } = await agentStage(t)
  const names = Array.from({ length: 10 }, (_, index) => `hook-${index}`)
  for (const name of names) request({ name, limit: 1, argv: ['/bin/sleep', '600'] })
  for (const name of names) t.equal(await exit(name), 'timeout', name)
})

t.test('a hook that ignores signals is ended at its limit as well', async (t) => {
  const { request, exit, program } = await agentStage(t)
  request({ limit: 1, argv: [program("trap '' TERM INT HUP; while :; do sleep 1; done")] })
  t.equal(await exit(), 'timeout')
})

t.test('a background process that keeps stdout delays nothing, and may go on talking', async (t) => {
  const { stage, request, exit, output, program } = await agentStage(t)
  const daemon = `(until [ -e ${stage.app}/go ]; do sleep 0.02; done; echo from the background; exec sleep 600) &`
  request({ argv: [program(`${daemon}\necho started`)] })
  t.equal(await exit(), '0')
  await until('its output', () => output().length === 1)
  request({ name: 'postOffline', argv: ['/bin/true'] })
  t.equal(await exit('postOffline'), '0', 'the next hook is not kept waiting')
  addProgram(stage, 'go', '')
  await until('its word', () => output().includes('from the background'))
})

t.test('a hook that has left something behind runs again when it is asked for', async (t) => {
  const { stage, boot, request, output, program } = await agentStage(t)
  const argv = [program('echo again; sleep 600 &\nexit 3')]
  const exits = () => journal(stage).filter((line) => line === `hook-exited ${boot} preOnline 3`).length
  for (const times of [1, 2, 3]) {
    request({ argv })
    await until(`exit ${times}`, () => exits() === times)
    await until(`output ${times}`, () => output().length === times)
  }
})

t.test('where what runs the hook is killed, the hook ends and is reported', async (t) => {
  const { stage, request, exit, said, program } = await agentStage(t)
  request({ argv: [program('echo $PPID >parent; echo $$ >self; exec sleep 600')] })
  const self = Number(await said('self'))
  process.kill(Number(await said('parent')), 'SIGKILL')
  t.equal(await exit(), '137')
  await until('the end of the hook', () => ['', 'Z'].includes(processState(self)))
  t.equal(stage.living('app').filter(({ command }) => command.includes('/hook ')).length, 0)
})

t.test('one line of a hundred megabytes costs neither time nor memory', async (t) => {
  const { request, exit, output, program } = await agentStage(t)
  request({ argv: [program("head -c 100000000 /dev/zero | tr '\\0' x; echo; echo 'the reason'")] })
  t.equal(await exit(), '0')
  await until('the last word', () => output().includes('the reason'))
  t.ok(output().length < 2_000, `${output().length} lines`)
})

t.test('a hook that floods its output ends in time, and its last words are kept', async (t) => {
  const { request, exit, output, program } = await agentStage(t)
  // 220 MB: a reader that took line by line would need minutes.
  request({ argv: [program("yes 0123456789 | head -n 20000000; echo 'the reason'")] })
  t.equal(await exit(), '0')
  await until('the last word', () => output().includes('the reason'))
  const said =
    'more than 1000 lines or 262144 bytes in a second: the next ones are left out, but for the last 20 of a second'
  t.ok(output().includes(said), 'it says so')
  t.ok(output().length < 15_000, `${output().length} lines`)
})

t.test('it runs where the image has it run, with nothing of ours', async (t) => {
  const { stage, request, exit, program, said } = await agentStage(t, { env: { FROM_THE_IMAGE: 'a value' } })
  const body = `cd -P . && pwd >where; env >environment; ls -l /proc/self/fd >descriptors; cat >input; ps -o sid= -p $$ >session; echo $$ >>session; echo done >done`
  request({ argv: [program(body)] })
  t.equal(await exit(), '0')
  await said('done')
  t.equal(await said('where'), realpathSync(stage.app))
  const variables = (await said('environment')).split('\n')
  t.ok(variables.includes('FROM_THE_IMAGE=a value'))
  for (const variable of ['HOOK=preOnline', 'REASON=start', 'POD_NAME=pod-1', 'POD_NAMESPACE=shop', 'POD_IP=127.0.0.1'])
    t.ok(variables.includes(`GREENROOM_${variable}`), variable)
  t.notOk(variables.some((variable) => variable.startsWith('GREENROOM_WORKDIR')))
  t.equal(readFileSync(join(stage.app, 'input'), 'utf8'), '')
  t.notMatch(await said('descriptors'), /alive|app-events|commands|output/)
  const [session, self] = (await said('session')).split('\n')
  t.equal(session?.trim(), self, 'a session of its own')
})

t.test('what the agent does not understand, or what is for another run, is passed over', async (t) => {
  const { stage, request, exit, boot } = await agentStage(t)
  for (const line of [
    '',
    'run',
    `run other-boot preOnline 5 required start /bin/false`,
    'stop',
    `${'x'.repeat(3000)}`,
    '$(id)',
  ]) {
    sayToAgent(stage, line)
  }
  request({ argv: ['/bin/true'] })
  t.equal(await exit(), '0')
  t.equal(journal(stage).filter((line) => line.startsWith('hook-exited')).length, 1)
  sayToAgent(stage, 'hello')
  await until('another word', () => journal(stage).filter((line) => line === `started ${boot}`).length === 2)
})
