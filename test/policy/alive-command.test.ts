import fc from 'fast-check'
import t from 'tap'
import { aliveCommand, readAliveCommand } from '../../policy/alive-command.ts'
import type { CheckurlTarget } from '../../policy/checkurl-target.ts'

/** Objects with a prototype, as the program makes them. */
const plain = { noNullPrototype: true } as const

const port = fc.integer({ min: 1, max: 65_535 })
const path = fc.string({ unit: 'binary-ascii' }).map((text) => `/${text}`)
const header = fc.record({ name: fc.stringMatching(/^[A-Za-z$-]+$/), value: fc.string() }, plain)
const target: fc.Arbitrary<CheckurlTarget> = fc.oneof(
  fc.record({ kind: fc.constant('tcp'), port }, plain),
  fc.record(
    {
      kind: fc.constant('http'),
      scheme: fc.constantFrom('http', 'https'),
      port,
      path,
      headers: fc.array(header),
      exactly200: fc.boolean(),
    },
    plain,
  ),
)

t.test('a checkurl is read back from the command as it was', async (t) => {
  fc.assert(fc.property(target, (checkurl) => t.strictSame(readAliveCommand(aliveCommand(checkurl)), checkurl)))
})

t.test('the command holds rule, URL and headers, safe from expansion by the kubelet', async (t) => {
  const headers = [{ name: 'Host', value: '$(HOST)' }]
  const checkurl = { kind: 'http', scheme: 'https', port: 8443, path: '/up', headers, exactly200: true } as const
  t.strictSame(aliveCommand(checkurl), [
    '/greenroom/alive',
    '/run/greenroom',
    'exactly-200',
    'https://:8443/up',
    'Host: $$(HOST)',
  ])
})

t.test('another command is none of ours', async (t) => {
  t.equal(readAliveCommand(['cat', '/tmp/healthy']), undefined)
  t.equal(readAliveCommand([]), undefined)
  t.equal(readAliveCommand(['/greenroom/alive', '/run/greenroom', 'kubelet', 'nonsense']), undefined)
})
