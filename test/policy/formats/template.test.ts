import t from 'tap'
import { baseUrl, jsonTemplate, urlTemplate } from '../../../policy/formats/template.ts'
import { checkFormat } from './check-format.ts'

const same = (texts: readonly string[]) => Object.fromEntries(texts.map((text) => [text, text]))

t.test('scheme and host of a URL are text, or the host is the node', async (t) => {
  checkFormat(t, urlTemplate, {
    ...same([
      'http://a',
      'https://a.example:8443/',
      'http://a/{pod}?ip={ip}',
      'http://{nodeIP}:8500/x',
      'http://[::1]:80/',
    ]),
    'http://{ip}:8500/x': undefined,
    'http://a.{application}/': undefined,
    'http://{nodeIP}.example.com/': undefined,
    '{pod}://a/': undefined,
    'http://a:{port}/': undefined,
    'ftp://a/': undefined,
    'http://user:secret@a/': undefined,
    'http://a@b/': undefined,
    'http://a\\@b/': undefined,
    'http://a:99999/': undefined,
    'http://a/#part': undefined,
    'http://a/b c': undefined,
    'http://a/\r\nx': undefined,
    '/path': undefined,
    '': undefined,
  })
})

t.test('a base is what paths are appended to', async (t) => {
  checkFormat(t, baseUrl, {
    'http://a:8761/eureka/': 'http://a:8761/eureka',
    'http://{nodeIP}:8500': 'http://{nodeIP}:8500',
    'http://a/?x': undefined,
    'http://a/{application}': undefined,
  })
})

t.test('a body is JSON, whatever the placeholders become', async (t) => {
  checkFormat(t, jsonTemplate, {
    ...same(['{}', '{"a": {"b": "{pod} at {ip}"}, "port": {port}}', '"{nodeIP}"']),
    '{"a": {pod}}': undefined,
    '{"a": {ip}}': undefined,
    'a={pod}': undefined,
    '': undefined,
  })
})
