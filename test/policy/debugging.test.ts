import t from 'tap'
import { findDebugProblem, isDebugged, resolveDebugCommand } from '../../policy/debugging.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { annotated, container, pod } from './pods.ts'

const policyFor = (...namespaces: string[]) => ({ ...defaultPolicy, debug: { ...defaultPolicy.debug, namespaces } })
const app = container({ command: ['java', '-jar', '/app.jar'] })
const question = { pod: annotated({ debug: 'true' }), app, namespace: 'shop', policy: defaultPolicy }

t.test('a pod is for debugging by its annotation, else by its namespace', async (t) => {
  const inNamespace = (namespace: string, ...patterns: string[]) =>
    isDebugged({ pod: pod(), namespace, policy: policyFor(...patterns) })
  t.equal(isDebugged({ ...question, pod: pod() }), false, 'nobody said so')
  t.equal(isDebugged(question), true)
  t.equal(inNamespace('shop', 'shop'), true)
  t.equal(inNamespace('shop-test', 'shop'), false, 'the whole name')
  t.equal(inNamespace('test-shop', 'dev', 'test-*'), true)
  t.equal(inNamespace('latest-shop', 'test-*'), false)
  t.equal(inNamespace('anything', '*'), true)
  t.equal(isDebugged({ pod: annotated({ debug: 'false' }), namespace: 'shop', policy: policyFor('shop') }), false)
})

t.test('the command is wrapped, once', async (t) => {
  const wrapped = ['/greenroom/busybox', 'sh', '/greenroom/jdwp', '50005', '--', 'java', '-jar', '/app.jar']
  t.strictSame(resolveDebugCommand(question), wrapped)
  t.strictSame(resolveDebugCommand({ ...question, app: container({ command: wrapped }) }), wrapped)
  t.equal(resolveDebugCommand({ ...question, pod: pod() }), undefined)
  t.equal(findDebugProblem(question), undefined)
})

t.test('the command may be that of the image, where somebody says it', async (t) => {
  const entrypoint = ['/start']
  const policy = { ...defaultPolicy, hooks: { ...defaultPolicy.hooks, entrypoint } }
  t.strictSame(resolveDebugCommand({ ...question, app: container({}), policy })?.slice(-1), entrypoint)
})

t.test('where it cannot be, the reason says what to do', async (t) => {
  const unknown = { ...question, app: container({}) }
  t.equal(resolveDebugCommand(unknown), undefined)
  t.match(
    findDebugProblem(unknown)?.message,
    /^DebugNotPossible: command of app is missing, .*Write command or greenroom.dev\/entrypoint/,
  )
  t.equal(findDebugProblem({ ...unknown, pod: pod() }), undefined, 'nobody wants a debugger')
  for (const containerPort of [50_005, 50_006]) {
    const neighbour = container({ ports: [{ containerPort }] })
    const taken = { ...question, pod: annotated({ debug: 'true' }, { containers: [app, neighbour] }) }
    t.equal(resolveDebugCommand(taken), undefined)
    t.match(findDebugProblem(taken)?.message, `DebugNotPossible: containerPort is "${containerPort}"`)
  }
})
