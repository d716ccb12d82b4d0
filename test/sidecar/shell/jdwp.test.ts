import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import t from 'tap'
import { listening } from '../../listening.ts'
import { addProgram } from './app.ts'
import { freePort } from './free-port.ts'
import { shell } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'
import { until } from './until.ts'

/** Prints what a JVM would be told: its arguments, and what it reads from its environment. */
const tellAll =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
  'for word; do echo "word $word"; done; echo "9: ${JDK_JAVA_OPTIONS:-}"; echo "8: ${JAVA_TOOL_OPTIONS:-}"; echo end'

const layouts = {
  17: ['lib/modules', 'lib/libjdwp.so'],
  8: ['lib/rt.jar', 'lib/amd64/libjdwp.so'],
  none: ['lib/modules'],
}

/** A folder as a JDK has it, `java` in it. */
function addJava(stage: Stage, name: string, layout: keyof typeof layouts): string {
  const home = join(stage.app, name)
  for (const file of layouts[layout]) {
    mkdirSync(dirname(join(home, file)), { recursive: true })
    writeFileSync(join(home, file), '')
  }
  mkdirSync(join(home, 'bin'), { recursive: true })
  addProgram(stage, `${name}/bin/java`, tellAll)
  return home
}

interface Run {
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly port?: number
}

async function run(stage: Stage, { command, env = {}, port }: Run): Promise<readonly string[]> {
  const at = String(port ?? (await freePort()))
  const running = stage.start({ container: 'app', argv: shell(stage, 'jdwp', at, '--', ...command), env })
  t.equal(await running.exited, 0, running.lines.join('\n'))
  await until('its last line', () => running.lines.includes('end'))
  return running.lines
}

const option = /-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127\.0\.0\.1:\d+$/

t.jobs = 4

t.test('a command that is java gets it behind its name, of any release, and the environment stays', async (t) => {
  const stage = createStage(t)
  for (const layout of ['17', '8'] as const) {
    const home = addJava(stage, `jdk-${layout}`, layout === '8' ? 8 : 17)
    const env = { JAVA_TOOL_OPTIONS: '-Xmx1g', JDK_JAVA_OPTIONS: '-ea' }
    const lines = await run(stage, { command: [`${home}/bin/java`, '-jar', 'a b.jar'], env })
    t.match(lines, [option, 'word -jar', 'word a b.jar', '9: -ea', '8: -Xmx1g', 'end'])
  }
})

t.test('java is found by PATH', async (t) => {
  const stage = createStage(t)
  const home = addJava(stage, 'jdk', 17)
  const lines = await run(stage, { command: ['java', 'Main'], env: { PATH: `${home}/bin:/usr/bin:/bin` } })
  t.match(lines[0], option)
})

t.test('another program has it for the java that it will start', async (t) => {
  const stage = createStage(t)
  const script = addProgram(stage, 'start', tellAll)
  const env = { JAVA_TOOL_OPTIONS: '-Xmx1g', JDK_JAVA_OPTIONS: '-ea' }
  const newer = await run(stage, { command: [script, 'x'], env: { ...env, JAVA_HOME: addJava(stage, 'jdk-17', 17) } })
  t.match(newer, ['word x', /^9: -ea -agentlib:jdwp/, '8: -Xmx1g', 'end'])
  const older = await run(stage, { command: [script, 'x'], env: { ...env, JAVA_HOME: addJava(stage, 'jdk-8', 8) } })
  t.match(older, ['word x', '9: -ea', /^8: -Xmx1g -agentlib:jdwp/, 'end'])
  const alone = await run(stage, { command: [script], env: { JAVA_HOME: join(stage.app, 'jdk-17') } })
  t.match(alone[0], /^9: -agentlib:jdwp/, 'without a blank before it')
})

t.test('a launcher that jlink made has its java beside it', async (t) => {
  const stage = createStage(t)
  const home = addJava(stage, 'image', 17)
  const launcher = addProgram(stage, 'image/bin/orders', tellAll)
  t.match((await run(stage, { command: [launcher], env: { JAVA_HOME: '' } }))[0], /^9: -agentlib:jdwp/, home)
})

t.test('where it cannot be, the app starts as it is, and says why', async (t) => {
  const stage = createStage(t)
  const home = addJava(stage, 'jdk', 17)
  const java = `${home}/bin/java`
  const script = addProgram(stage, 'catalina.sh', tellAll)
  const options = join(stage.app, 'options')
  writeFileSync(options, '-Xmx1g\n-agentlib:jdwp=server=y\n')
  const busy = await listening(t, createServer())
  const rows: [why: string, run: Run][] = [
    ['its environment or command has one of its own', { command: [java, '-agentlib:jdwp=server=y'] }],
    [
      'its environment or command has one of its own',
      { command: [java], env: { CATALINA_OPTS: '-Xrunjdwp:server=y,address=8000' } },
    ],
    [
      'no java was found in JAVA_HOME or PATH',
      { command: [addProgram(stage, 'start', tellAll)], env: { PATH: '/nowhere' } },
    ],
    ['its environment or command has one of its own', { command: [java, `@${options}`] }],
    ['its environment or command has one of its own', { command: [script, 'jpda', 'run'], env: { JAVA_HOME: home } }],
    ['comes without libjdwp.so', { command: [`${addJava(stage, 'jlinked', 'none')}/bin/java`] }],
    [`port ${busy} is taken already`, { command: [java], port: busy }],
  ]
  for (const [why, options] of rows) {
    const lines = await run(stage, options)
    const own = options.command.join(' ').includes('jdwp')
    t.equal(
      lines.some((line) => option.test(line)),
      false,
      why,
    )
    t.equal(lines.filter((line) => line.startsWith('greenroom: no debugger is added')).length, 1)
    t.ok(
      lines.some((line) => line.includes(why)),
      lines.join('\n'),
    )
    t.ok(lines.includes('9: '), own ? 'its own is all it has' : 'nothing is added')
  }
})
