import fc from 'fast-check'
import t from 'tap'
import { launchCommand, unwrapLaunch } from '../../policy/launch-command.ts'

const words = fc.array(fc.string())
const hook = fc.record({
  command: fc.tuple(fc.string(), words).map(([first, rest]) => [first, ...rest] as const),
  required: fc.boolean(),
  timeoutMs: fc.integer({ min: 1, max: 1e9 }),
})
const messagePath = fc.constantFrom(undefined, null, '/dev/termination-log', '/tmp/message', '--')

t.test('what was wrapped comes back, whatever its words are', async () => {
  fc.assert(
    fc.property(hook, messagePath, words, (hook, messagePath, command) => {
      const unwrapped = unwrapLaunch(launchCommand({ hook, messagePath, command }))
      return JSON.stringify(unwrapped) === JSON.stringify(command)
    }),
  )
})

t.test('the kubelet expands the words of the user, and none of the hook', async (t) => {
  const hook = { command: ['/prepare', '$(ID)'], required: true, timeoutMs: 1500 } as const
  t.strictSame(launchCommand({ hook, messagePath: '/tmp/$(ID)', command: ['/app', '$(ID)'] }), [
    ...['/greenroom/busybox', 'sh', '/greenroom/launch', '/run/greenroom', '2', 'required', '2'],
    ...['/prepare', '$$(ID)', '/tmp/$$(ID)', '--', '/app', '$(ID)'],
  ])
})

t.test('a command that is not wrapped is its own', async (t) => {
  t.strictSame(unwrapLaunch(['/app', '--', 'x']), ['/app', '--', 'x'])
  t.strictSame(unwrapLaunch([]), [])
})
