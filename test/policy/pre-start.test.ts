import t from 'tap'
import { launchCommand } from '../../policy/launch-command.ts'
import { findPreStartProblem, type PreStart, resolvePreStart } from '../../policy/pre-start.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import { annotated, container } from './pods.ts'

const command = ['java', '-jar', '/app.jar']
const hooks = (fields: Partial<InjectionPolicy['hooks']>) => ({
  ...defaultPolicy,
  hooks: { ...defaultPolicy.hooks, ...fields },
})
const off = hooks({ preStart: 'Off' })
const based = hooks({ entrypoint: ['/base/run'] })
const named = { 'pre-start': '/app/prepare --all' }
const entrypoint = { entrypoint: '["/entrypoint.sh", "nginx"]' }

interface Row {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  readonly policy?: InjectionPolicy
  readonly spec?: Partial<RawPod['spec']>
  /** Kind, hook with its need, and what comes after it. */
  readonly expected: string
}

const conventional = '/app/hooks/preStart optional'
const explicit = '/app/prepare --all required'

/** The rows of the table above `resolvePreStart`, and of its last sentences. */
const table: readonly Row[] = [
  { name: '"off"', annotations: { 'pre-start': 'off' }, command, expected: 'off' },
  { name: 'policy Off', command, policy: off, expected: 'off' },
  { name: 'a hook, policy Off', annotations: named, command, policy: off, expected: `launch ${explicit} java` },
  { name: 'a hook, a command', annotations: named, command, expected: `launch ${explicit} java` },
  { name: 'a command', command, expected: `launch ${conventional} java` },
  {
    name: 'a command, another directory',
    annotations: { hooks: '/srv' },
    command,
    expected: 'launch /srv/preStart optional java',
  },
  { name: 'a hook', annotations: named, expected: `init-container ${explicit}` },
  { name: 'nothing', expected: `not-run ${conventional}` },
  { name: 'an empty command', command: [], expected: `not-run ${conventional}` },
  { name: 'an entrypoint', annotations: entrypoint, expected: `launch ${conventional} /entrypoint.sh` },
  { name: 'an entrypoint, a command', annotations: entrypoint, command, expected: `launch ${conventional} java` },
  {
    name: 'an entrypoint, one of the policy',
    annotations: entrypoint,
    policy: based,
    expected: `launch ${conventional} /entrypoint.sh`,
  },
  { name: 'one of the policy', policy: based, expected: `launch ${conventional} /base/run` },
  {
    name: 'a command of an earlier pass',
    annotations: named,
    command: launchCommand({
      hook: { command: ['/old'], required: true, timeoutMs: 1 },
      messagePath: undefined,
      command,
    }),
    expected: `launch ${explicit} java`,
  },
  {
    name: 'an init container of an earlier pass',
    annotations: { ...named, ...entrypoint },
    spec: {
      initContainers: [
        { name: 'greenroom-pre-start', command: ['/greenroom/busybox', 'sh', '/greenroom/launch', '/run/greenroom'] },
      ],
    },
    expected: `init-container ${explicit}`,
  },
]

const tell = (preStart: PreStart) => {
  if (preStart.kind === 'off') return 'off'
  const { kind, hook } = preStart
  const then = kind === 'launch' ? [preStart.command[0]] : []
  return [kind, ...hook.command, hook.required ? 'required' : 'optional', ...then].join(' ')
}

for (const { name, annotations = {}, policy = defaultPolicy, spec, expected, ...fields } of table)
  t.test(name, async (t) => {
    t.equal(tell(resolvePreStart(annotated(annotations, spec), container(fields), policy)), expected)
  })

t.test('its time limit is the annotation, else the policy', async (t) => {
  const limitOf = (annotations: Readonly<Record<string, string>>) => {
    const preStart = resolvePreStart(annotated(annotations), container({ command }), defaultPolicy)
    return preStart.kind === 'launch' && preStart.hook.timeoutMs
  }
  t.equal(limitOf({}), 300_000)
  t.equal(limitOf({ 'pre-start-timeout': '90s' }), 90_000)
})

t.test('only a preStart that will not run is a problem, and it fits into a warning', async (t) => {
  const app = container({ name: 'a-name-of-some-length' })
  const problem = (...parts: Parameters<typeof resolvePreStart>) => findPreStartProblem(resolvePreStart(...parts), app)
  t.equal(problem(annotated({}), container({ command }), defaultPolicy), undefined)
  t.equal(problem(annotated({}), container(), off), undefined)
  const found = problem(annotated({}), container(), defaultPolicy)
  t.equal(found?.code, 'PreStartNotRun')
  for (const text of [found?.sentence, found?.finding.fix]) t.ok(text && text.length <= 120)
})
