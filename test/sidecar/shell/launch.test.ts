import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { addProgram, helper, startAgent } from './app.ts'
import { resting } from './deciders.ts'
import { processState } from './proc.ts'
import { journal, journaled, shell, startSidecar } from './sidecar.ts'
import { createStage, type Running, type Stage } from './stage.ts'
import { until } from './until.ts'

interface Launch {
  readonly hook: readonly string[]
  readonly command: readonly string[]
  readonly need?: 'required' | 'optional'
  readonly limit?: number
  readonly env?: Readonly<Record<string, string>>
  readonly message?: string
}

/** As the webhook writes it, with the image's files in the helper's place. */
function launchCommand(stage: Stage, { hook, command, need = 'optional', limit = 30, message }: Launch): string[] {
  const words = [String(limit), need, String(hook.length), ...hook, ...(message ? [message] : []), '--', ...command]
  return shell(stage, 'launch', join(stage.run, 'shared'), ...words)
}

const launch = (stage: Stage, options: Launch): Running =>
  stage.start({ container: 'app', argv: launchCommand(stage, options), env: options.env ?? {} })

/** An app that leaves a trace if it ever exists. */
const trace = (stage: Stage) => addProgram(stage, 'the-app', `echo "the app is here"; : >${stage.app}/was-here`)
const wasHere = (stage: Stage) => existsSync(join(stage.app, 'was-here'))

/** All that it printed, once that is all. */
const printed = async (running: Running, last: string | RegExp) => {
  await until(`${last}`, () =>
    running.lines.some((line) => (typeof last === 'string' ? line === last : last.test(line))),
  )
  return running.lines
}

t.jobs = 4

t.test('the hook runs first, line by line under its name, and then the app', async (t) => {
  const stage = createStage(t)
  const body = 'echo one; echo two >&2; echo; echo "$#:$2"; printf "half a line"'
  const hook = [addProgram(stage, 'hook', body), 'a', 'b  c $HOME *']
  const running = launch(stage, { hook, command: [trace(stage)] })
  t.equal(await running.exited, 0)
  t.strictSame(await printed(running, 'the app is here'), [
    ...['one', 'two', '', '2:b  c $HOME *', 'half a line'].map((line) => `[preStart] ${line}`),
    'the app is here',
  ])
})

t.test('output comes while the hook runs, and long lines in parts', async (t) => {
  const stage = createStage(t)
  const go = join(stage.app, 'go')
  const body = `echo early; until [ -e ${go} ]; do sleep 0.02; done; head -c 3500 /dev/zero | tr '\\0' x; echo; echo last`
  const running = launch(stage, { hook: [addProgram(stage, 'hook', body)], command: ['/bin/true'] })
  await until('the first line', () => running.lines.includes('[preStart] early'))
  writeFileSync(go, '')
  t.equal(await running.exited, 0)
  const long = (await printed(running, '[preStart] last')).filter((line) => line.includes('xx'))
  t.equal(long.map((line) => line.replace('[preStart] ', '')).join('').length, 3500)
})

t.test('a hook that is not there: by convention it counts as passed, by name it is a failure', async (t) => {
  const stage = createStage(t)
  const hook = [join(stage.app, 'hooks/preStart')]
  t.equal(await launch(stage, { hook, command: ['/bin/sh', '-c', 'exit 7'] }).exited, 7)
  const required = launch(stage, { hook, need: 'required', command: [trace(stage)] })
  t.equal(await required.exited, 127)
  t.match(await printed(required, /PreStartFailed/), [/preStart \(.*hooks\/preStart\) is not there/])
  t.notOk(wasHere(stage))
})

const failures: readonly [name: string, body: string, code: number][] = [
  ['it exits with 3', 'exit 3', 3],
  ['it is killed', 'kill -9 $$', 137],
  ['it is terminated', 'kill -15 $$', 143],
]

for (const [name, body, code] of failures)
  t.test(`${name}: the app never exists`, async (t) => {
    const stage = createStage(t)
    await startSidecar(stage, { decide: resting(stage) })
    const message = join(stage.app, 'message')
    writeFileSync(message, '')
    const hook = [addProgram(stage, 'hook', `echo tried; ${body}`)]
    const running = launch(stage, { hook, message, command: [trace(stage)] })
    t.equal(await running.exited, code)
    const sentence = `PreStartFailed: preStart (${hook[0]}) exited with ${code}, so the app was not started.`
    t.strictSame(await printed(running, /^greenroom/), ['[preStart] tried', `greenroom: ${sentence}`])
    t.equal(readFileSync(message, 'utf8'), `${sentence}\n`)
    t.notOk(wasHere(stage))
  })

t.test('a hook that is no program', async (t) => {
  const stage = createStage(t)
  const running = launch(stage, { hook: [stage.app], command: [trace(stage)] })
  t.equal(await running.exited, 126)
  await printed(running, /^\[preStart\] .*ermission denied/)
  t.notOk(wasHere(stage))
})

t.test('the sidecar is told how it failed, and not waited for where nobody reads', async (t) => {
  const stage = createStage(t)
  mkdirSync(join(stage.run, 'shared'))
  const fifo = join(stage.run, 'shared/app-events')
  execFileSync('mkfifo', [fifo])
  const hook = [addProgram(stage, 'hook', 'exit 3')]
  t.equal(await launch(stage, { hook, command: ['/bin/true'] }).exited, 3, 'nobody has it open')
  const reader = stage.start({
    container: 'sidecar',
    argv: ['/bin/sh', '-c', `exec 3<>${fifo}; echo open; exec cat <&3`],
  })
  await until('the reader', () => reader.lines.includes('open'))
  t.equal(await launch(stage, { hook, command: ['/bin/true'] }).exited, 3)
  await until('the word', () => reader.lines.includes('pre-start-exited 3'))
  t.equal(await launch(stage, { hook: ['/bin/sleep', '600'], limit: 1, command: ['/bin/true'] }).exited, 124)
  await until('the other word', () => reader.lines.includes('pre-start-exited timeout'))
  // A full FIFO, which its reader has stopped reading.
  reader.signal('SIGSTOP')
  const filler = stage.start({
    container: 'app',
    argv: ['/bin/sh', '-c', `exec 1<>${fifo}; exec head -c 60000 /dev/zero`],
  })
  await filler.exited
  const more = stage.start({ container: 'app', argv: ['/bin/sh', '-c', `exec 1<>${fifo}; exec cat /dev/zero`] })
  await until(
    'a full FIFO',
    () => readFileSync(`/proc/${more.pid}/wchan`, 'utf8').includes('pipe') || processState(more.pid) === 'S',
  )
  t.equal(await launch(stage, { hook, command: ['/bin/true'] }).exited, 3, 'the FIFO is full')
  reader.signal('SIGCONT')
})

t.test('the limit ends the hook with its children and grandchildren, and the app never exists', async (t) => {
  const stage = createStage(t)
  const body = `trap '' TERM; echo begin; (sleep 600 & echo $! >${stage.app}/grandchild; wait) & sleep 600`
  const message = join(stage.app, 'message')
  writeFileSync(message, '')
  const hook = [addProgram(stage, 'hook', body)]
  const running = launch(stage, { hook, limit: 1, message, command: [trace(stage)] })
  t.equal(await running.exited, 124)
  t.strictSame((await printed(running, /^greenroom/)).slice(0, 2), [
    '[preStart] begin',
    '[preStart] ended at its limit of 1 s',
  ])
  t.match(
    readFileSync(message, 'utf8'),
    /^PreStartTimeout: .* was ended at its limit of 1 s, so the app was not started\.\n$/,
  )
  const grandchild = Number(readFileSync(join(stage.app, 'grandchild'), 'utf8'))
  t.ok(['', 'Z'].includes(processState(grandchild)))
  t.notOk(wasHere(stage))
})

t.test('what the hook leaves in its group ends with it; what has left the group lives on', async (t) => {
  const stage = createStage(t)
  const left = (file: string) => Number(readFileSync(join(stage.app, file), 'utf8'))
  const outside = `setsid sh -c 'echo $$ >${stage.app}/outside; exec sleep 600' &`
  const body = `sleep 600 & echo $! >${stage.app}/inside; ${outside} until [ -s ${stage.app}/outside ]; do sleep 0.02; done`
  const hook = [addProgram(stage, 'hook', body)]
  const running = launch(stage, { hook, command: ['/bin/sh', '-c', 'echo up; exec sleep 600'] })
  await printed(running, 'up')
  t.ok(['', 'Z'].includes(processState(left('inside'))))
  t.notOk(['', 'Z'].includes(processState(left('outside'))))
})

t.test('the app is as it would be without us', async (t) => {
  const stage = createStage(t)
  const hook = [addProgram(stage, 'hook', 'echo hello; umask 077; cd /; export X=1; trap "" USR1')]
  const env = {
    'a.dot': '1 2',
    EMPTY: '',
    LINES: 'one\ntwo\n',
    OLDPWD: '/x',
    SHLVL: '7',
    _: '/bin/x',
    'b-c': '=',
    PPID: 'x',
  }
  // Beside environment and signals: folder, umask, and the files that are open.
  const seen = `for file in environ status limits; do cat /proc/$PPID/$file >${stage.app}/$1.$file; done
    readlink /proc/$PPID/cwd >${stage.app}/$1.cwd; ls /proc/$PPID/fd >${stage.app}/$1.fd
    ls /proc/$PPID/task/$PPID/ >/dev/null; cat /proc/$PPID/task/$PPID/children >${stage.app}/$1.children; kill $PPID`
  const spy = addProgram(stage, 'spy', seen)
  // A program that starts the spy as its only child and is otherwise itself: a shell would change what is to be seen.
  const parent = [
    process.execPath,
    '-e',
    `process.on('SIGTERM', () => process.exit(0)); require('child_process').spawn(process.argv[1], [process.argv[2]], { stdio: 'ignore' }); setInterval(() => {}, 1000)`,
    spy,
  ]
  await stage.start({ container: 'app', argv: [...parent, 'plain'], env }).exited
  await launch(stage, { hook, command: [...parent, 'launched'], env }).exited
  const read = (name: string, file: string) => readFileSync(join(stage.app, `${name}.${file}`), 'utf8')
  for (const file of ['environ', 'limits', 'cwd', 'fd']) t.equal(read('launched', file), read('plain', file), file)
  t.equal(read('launched', 'children').trim().split(' ').length, 1, 'no child of ours')
  const lines = (name: string) =>
    read(name, 'status')
      .split('\n')
      .filter((line) => /^(Umask|Sig(Blk|Ign|Cgt)|NoNewPrivs|Cap|Groups|NSsid)/.test(line))
  t.strictSame(lines('launched').map(withoutSession), lines('plain').map(withoutSession))
})

/** Each was started in a session of its own. */
const withoutSession = (line: string) => line.replace(/^NSsid.*/, '')

t.test('an environment that a shell cannot hold reaches the hook too, with what Greenroom adds', async (t) => {
  const stage = createStage(t)
  mkdirSync(join(stage.run, 'shared'))
  writeFileSync(join(stage.run, 'shared/pod'), 'orders\nshop\n10.0.0.7\n')
  const hook = ['/usr/bin/env', '-0']
  const running = launch(stage, { hook, command: ['/bin/true'], env: { 'a.dot': 'x', GREENROOM_HOOK: 'old' } })
  t.equal(await running.exited, 0)
  // In parts, for a test runner may add to the environment.
  const line = (await printed(running, /POD_IP=/)).map((part) => part.replace('[preStart] ', '')).join('')
  for (const part of [
    ...['a.dot=x', 'GREENROOM_HOOK=preStart', 'GREENROOM_REASON=start'],
    ...['GREENROOM_POD_NAME=orders', 'GREENROOM_POD_NAMESPACE=shop', 'GREENROOM_POD_IP=10.0.0.7'],
  ])
    t.ok(line.includes(part), part)
  t.notOk(/PWD|SHLVL|HOOK=old/.test(line), line)
})

t.test("the image's programs run, not the helper's, nor the shell's own", async (t) => {
  const stage = createStage(t)
  const bin = join(stage.app, 'bin')
  mkdirSync(bin)
  for (const name of ['sh', 'grep', 'test', 'echo', 'printf', 'sleep', 'kill'])
    addProgram(stage, `bin/${name}`, `/bin/echo "the image's ${name}"`)
  const env = { PATH: `${bin}:/usr/bin:/bin` }
  const hook = [
    addProgram(stage, 'hook', 'sh; grep; for name in test echo printf sleep; do "$(command -v env)" $name; done'),
  ]
  for (const name of ['sh', 'grep', 'test', 'echo', 'printf', 'kill']) {
    const running = launch(stage, { hook, command: [name], env })
    t.equal(await running.exited, 0)
    t.strictSame(await printed(running, `the image's ${name}`), [
      ...['sh', 'grep', 'test', 'echo', 'printf', 'sleep'].map((of) => `[preStart] the image's ${of}`),
      `the image's ${name}`,
    ])
  }
  const handler = stage.start({ container: 'app', argv: shell(stage, 'start', stage.run, '--', 'test'), env })
  await printed(handler, "the image's test")
  const preStop = stage.start({
    container: 'app',
    argv: shell(stage, 'offline', stage.run, '1', '1', '--', 'echo'),
    env,
  })
  await printed(preStop, "the image's echo")
})

t.test('an app that the image does not have, and one that is no program', async (t) => {
  const stage = createStage(t)
  const hook = ['/nonexistent']
  t.equal(await launch(stage, { hook, command: ['nonexistent'] }).exited, 127)
  const file = join(stage.app, 'text')
  writeFileSync(file, 'echo not by our shell\n')
  chmodSync(file, 0o755)
  const running = launch(stage, { hook, command: [file] })
  t.equal(await running.exited, 126, 'as without us: it has no interpreter')
})

t.test('SIGTERM ends the hook, and the app is not started', async (t) => {
  const stage = createStage(t)
  const body = `trap 'echo told; exit 0' TERM; echo ready; sleep 600 & wait`
  const running = launch(stage, { hook: [addProgram(stage, 'hook', body)], command: [trace(stage)] })
  await printed(running, '[preStart] ready')
  running.signal('SIGTERM')
  t.equal(await running.exited, 143)
  t.ok((await printed(running, /^greenroom/)).includes('[preStart] told'))
  t.notOk(wasHere(stage))
})

const canUnshare = (() => {
  try {
    execFileSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false // Needs root, or user namespaces.
  }
})()

t.test('as PID 1', { skip: !canUnshare && 'no PID namespace to be had' }, async (t) => {
  const inside = (stage: Stage, options: Launch) =>
    stage.start({
      container: 'app',
      argv: ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', ...launchCommand(stage, options)],
    })
  /** The first process in the namespace. */
  const first = (stage: Stage) =>
    until(
      'PID 1',
      () =>
        stage.living('app').find(({ command }) => command.startsWith(`${stage.busybox} sh ${stage.image}/launch`))?.pid,
    )

  for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGINT'] as const)
    t.test(`${signal} is heard`, async (t) => {
      const stage = createStage(t)
      const running = inside(stage, {
        hook: [addProgram(stage, 'hook', 'echo ready; exec sleep 600')],
        command: [trace(stage)],
      })
      await printed(running, '[preStart] ready')
      process.kill(await first(stage), signal)
      t.equal(await running.exited, 143)
      t.notOk(wasHere(stage))
    })

  t.test('orphans of the hook are reaped before the app begins', async (t) => {
    const stage = createStage(t)
    const body = '(sh -c "exit 0" & sh -c "exit 0" & sleep 600 &) & sh -c "(exit 0) &"; sleep 0.2'
    const command = ['/bin/sh', '-c', 'echo "$$: $(cat /proc/1/task/1/children)"; echo end']
    const running = inside(stage, { hook: [addProgram(stage, 'hook', body)], command })
    t.equal(await running.exited, 0)
    // The one child is the command substitution itself.
    t.match((await printed(running, 'end')).at(-2), /^1: \d+ ?$/)
  })
})

t.test('the agent, and a postStart of the app itself, begin when preStart is over', async (t) => {
  const stage = createStage(t)
  await startSidecar(stage, { decide: resting(stage) })
  const go = join(stage.app, 'go')
  const words = [
    '30',
    'optional',
    '1',
    addProgram(stage, 'hook', `echo ready; until [ -e ${go} ]; do sleep 0.02; done`),
  ]
  const command = ['--', '/bin/sleep', '600']
  const running = stage.start({
    container: 'app',
    argv: helper(stage, 'launch', join(stage.run, 'shared'), ...words, ...command),
  })
  await printed(running, '[preStart] ready')
  const theirs = addProgram(stage, 'their-post-start', `[ -e ${go} ] && echo after`)
  const own = stage.start({ container: 'app', argv: helper(stage, 'start', join(stage.run, 'shared'), '--', theirs) })
  t.equal(await startAgent(stage), 0, 'without one it does not block')
  await until('the keeper', () => stage.living('app').some(({ command }) => command.includes('/keeper ')))
  t.strictSame(
    journal(stage).filter((line) => line.startsWith('started')),
    [],
  )
  writeFileSync(go, '')
  await journaled(stage, /^started /)
  t.equal(await own.exited, 0)
})

t.test('the composite liveness probe passes while preStart runs', async (t) => {
  const stage = createStage(t)
  const argv = [join(stage.image, 'alive'), stage.run, 'kubelet', 'tcp://:1']
  const alive = () => stage.start({ container: 'app', argv }).exited
  t.equal(await alive(), 1)
  const running = launch(stage, {
    hook: [addProgram(stage, 'hook', 'echo ready; exec sleep 600')],
    command: ['/bin/true'],
  })
  await printed(running, '[preStart] ready')
  t.equal(await alive(), 0)
})
