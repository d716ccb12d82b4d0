import fc from 'fast-check'
import t from 'tap'
import { type AnnouncerValues, announcerSample } from '../../policy/announcer-placeholders.ts'
import { escapedText, fillJson, fillUrl, placeholdersIn, unknownPlaceholder } from '../../policy/placeholders.ts'

const values: AnnouncerValues = {
  application: 'orders',
  namespace: 'shop',
  pod: 'orders-1',
  ip: 'fd00::7',
  nodeIP: '192.0.2.1',
  port: '8080',
}

t.test('only words in braces are placeholders', async (t) => {
  t.strictSame(placeholdersIn('{"a": {"b": "{pod}"}, "c": {port}, "d": {}}'), ['pod', 'port'])
  t.equal(unknownPlaceholder('{pod}/{applicaton}/{x}', values), 'applicaton')
  t.equal(unknownPlaceholder('{pod}', values), undefined)
  t.equal(unknownPlaceholder('{constructor}', values), 'constructor')
})

t.test('a URL is filled, and the node may be its host', async (t) => {
  t.equal(
    fillUrl('http://{nodeIP}:8500/{application}?ip={ip}&node={nodeIP}', values),
    'http://192.0.2.1:8500/orders?ip=fd00%3A%3A7&node=192.0.2.1',
  )
  t.equal(fillUrl('http://{nodeIP}/', { ...values, nodeIP: 'fd00::1' }), 'http://[fd00::1]/')
})

t.test('a text of a policy is escaped around its placeholders', async (t) => {
  t.equal(escapedText('{pod}:a/b?{port}&ü'), '{pod}%3Aa%2Fb%3F{port}%26%C3%BC')
})

t.test('a list is a whole array of JSON, and no word in a URL', async (t) => {
  const lists = { ips: ['10.0.0.7', 'fd00::7'], names: ['a"b', '{pod}'] }
  t.equal(
    fillJson('{"a": {ips}, "b": {names}, "c": "{pod}"}', { ...values, ...lists }),
    '{"a": ["10.0.0.7","fd00::7"], "b": ["a\\"b","{pod}"], "c": "orders-1"}',
  )
  t.equal(fillUrl('http://a/{constructor}/{uid}', values), 'http://a/{constructor}/{uid}')
})

const hostile = fc.oneof(
  fc.constantFrom(
    '..',
    '/../x',
    '{pod}',
    '"}',
    '\\',
    '?a=b',
    '#x',
    '@evil',
    '$&',
    '$1',
    '\r\nHost: evil',
    '\ud800',
    '',
  ),
  fc.string({ unit: 'binary' }),
)
const hostileValues = fc.record(
  Object.fromEntries(
    Object.keys(announcerSample).map((name) => [name, name === 'nodeIP' ? fc.constant('192.0.2.1') : hostile]),
  ),
)
const asValues = (record: Readonly<Record<string, string>>): AnnouncerValues => ({ ...values, ...record })

t.test('no value leads to another host, or becomes a parameter or a part of the path', async () => {
  fc.assert(
    fc.property(hostileValues, (record) => {
      const url = new URL(fillUrl('http://{nodeIP}:1/x-{application}-y/z?pod={pod}&on=1', asValues(record)))
      if (url.origin !== 'http://192.0.2.1:1' || url.hash !== '') throw new Error(url.href)
      if (url.pathname.split('/').length !== 3 || !/^[!-~]+$/.test(url.pathname + url.search)) throw new Error(url.href)
      const pod = record.pod?.toWellFormed()
      if ([...url.searchParams].length !== 2 || url.searchParams.get('pod') !== pod) throw new Error(url.href)
    }),
  )
})

t.test('no value ends the string of JSON that it is in', async () => {
  fc.assert(
    fc.property(hostileValues, (record) => {
      const { a, b } = JSON.parse(fillJson('{"a": "<{pod}>", "b": "{application}"}', asValues(record)))
      if (a !== `<${record.pod}>` || b !== record.application) throw new Error(JSON.stringify({ a, b }))
    }),
  )
})
