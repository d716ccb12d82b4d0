import t from 'tap'
import { handlerCommand } from '../../policy/handler-command.ts'
import type { RawHandler } from '../../policy/schema/pod.ts'
import { container } from './pods.ts'

const app = container({ ports: [{ name: 'admin', containerPort: 9090 }] })
const get = (...words: string[]) => ['/greenroom/busybox', 'sh', '/greenroom/get', '/run/greenroom', ...words]

/** The rows of the table above `handlerCommand`. */
const table: readonly [name: string, handler: RawHandler, command: readonly string[] | undefined][] = [
  ['none', undefined, []],
  ['null', null, []],
  ['exec', { exec: { command: ['sh', '-c', '$(X)'] } }, ['sh', '-c', '$(X)']],
  ['httpGet', { httpGet: { port: 80 } }, get('-', '80', '/')],
  ['httpGet of a named port', { httpGet: { port: 'admin', path: 'stop?now' } }, get('-', '9090', '/stop?now')],
  [
    'httpGet with all',
    {
      httpGet: { port: 80, path: '/x', host: '::1', httpHeaders: [{ name: 'A', value: 'b: c' }] },
    },
    get('::1', '80', '/x', 'A: b: c'),
  ],
  ['httpGet by HTTPS', { httpGet: { port: 443, scheme: 'HTTPS' } }, undefined],
  ['httpGet of an unknown port', { httpGet: { port: 'web' } }, undefined],
  ['sleep', { sleep: { seconds: 5 } }, ['/greenroom/busybox', 'sleep', '5']],
  ['tcpSocket', { tcpSocket: { port: 80 } }, undefined],
  ['of another kind', { grpc: {} }, undefined],
]

for (const [name, handler, command] of table)
  t.test(name, async (t) => {
    t.strictSame(handlerCommand(handler, app), command)
  })
