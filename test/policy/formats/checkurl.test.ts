import t from 'tap'
import { checkurl } from '../../../policy/formats/checkurl.ts'
import { checkFormat } from './check-format.ts'

const http = { kind: 'http', scheme: 'http' } as const

t.test('a checkurl has a port, a path, or both, and never a host', async (t) => {
  checkFormat(t, checkurl, {
    ':8080/health': { ...http, port: 8080, path: '/health' },
    ':http/': { ...http, port: 'http', path: '/' },
    '/health?deep=1': { ...http, port: undefined, path: '/health?deep=1' },
    'https://:8443/health': { kind: 'http', scheme: 'https', port: 8443, path: '/health' },
    'tcp://:8080': { kind: 'tcp', port: 8080 },
    'tcp://:db': { kind: 'tcp', port: 'db' },
    [`:8080/${'a'.repeat(2_000)}`]: undefined,
    '': undefined,
    health: undefined,
    ':8080': undefined,
    ':0/health': undefined,
    ':65536/health': undefined,
    'tcp://': undefined,
    'tcp://:8080/health': undefined,
    'http://example.com/health': undefined,
    'http://10.0.0.1:8080/health': undefined,
    'ftp://:21/health': undefined,
    ':8080/a b': undefined,
    ':8080/a\nb': undefined,
  })
})
