import t from 'tap'
import { parseOptions, usage } from '../../webhook/options.ts'

t.test('without options it serves in a cluster', async (t) => {
  t.strictSame(parseOptions([]), {
    policy: undefined,
    image: undefined,
    pod: undefined,
    port: 8443,
    namespace: 'greenroom-system',
    host: 'greenroom.greenroom-system.svc',
    tls: { from: 'cluster', service: 'greenroom', secret: 'greenroom-authority', webhookConfiguration: 'greenroom' },
    logLevel: 'info',
    shutdownDelayMs: 5_000,
  })
})

t.test('with files it needs none', async (t) => {
  const options = parseOptions(['--tls-cert', 'c', '--tls-key=k', '--port', '0', '--shutdown-delay', '0'])
  t.match(options, { tls: { from: 'files', cert: 'c', key: 'k' }, port: 0, shutdownDelayMs: 0 })
})

t.test('it is asked by the name of its Service, or by another', async (t) => {
  t.match(parseOptions(['--service', 'hook', '--namespace', 'ours']), { host: 'hook.ours.svc' })
  t.match(parseOptions(['--host', '192.0.2.1']), { host: '192.0.2.1' })
})

t.test('--help goes before everything', async (t) => {
  t.equal(parseOptions(['--port', 'x', '--help']), 'help')
  t.match(usage(), /--port PORT +to listen on; 0 takes a free one \(default 8443\)/)
})

t.test('a mistake is an error that names the option', async (t) => {
  const mistakes: [string[], RegExp][] = [
    [['--prot', '1'], /command line is "--prot 1", expected known options\. --help lists them\./],
    [['orders'], /command line is "orders"/],
    [['--port', 'https'], /--port is "https", expected a number up to 65535\./],
    [['--port', '65536'], /--port is "65536"/],
    [['--shutdown-delay', '-1'], /command line is "--shutdown-delay -1"/],
    [['--tls-cert', 'c'], /--tls-key is missing/],
    [['--tls-key', 'k'], /--tls-cert is missing/],
    [['--log-level', 'loud'], /--log-level is "loud", expected "info" or "debug" or "warn" or "error"\./],
  ]
  for (const [args, message] of mistakes) {
    t.throws(() => parseOptions(args), { code: 'OptionMalformed', message }, args.join(' '))
  }
})
