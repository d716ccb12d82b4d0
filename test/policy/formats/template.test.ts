import t from 'tap'
import { announcerSample } from '../../../policy/announcer-placeholders.ts'
import { authorizationBodySample, authorizationSample } from '../../../policy/authorization-placeholders.ts'
import { baseUrl, jsonTemplate, urlTemplate } from '../../../policy/formats/template.ts'
import { checkFormat } from './check-format.ts'

const same = (texts: readonly string[]) => Object.fromEntries(texts.map((text) => [text, text]))

t.test('scheme and host of a URL are text, or the host is the node', async (t) => {
  checkFormat(t, urlTemplate(announcerSample), {
    ...same([
      'http://a',
      'https://a.example:8443/',
      'http://a/{pod}?ip={ip}',
      'http://{nodeIP}:8500/x',
      'http://[::1]:80/',
    ]),
    'http://{ip}:8500/x': undefined,
    'http://a/{uid}': undefined,
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
  checkFormat(t, jsonTemplate(announcerSample, '{"port": {port}}'), {
    ...same(['{}', '{"a": {"b": "{pod} at {ip}"}, "port": {port}}', '"{nodeIP}"']),
    '{"a": {pod}}': undefined,
    '{"a": {ip}}': undefined,
    'f{pod}lse': undefined,
    '{"a": {ipList}}': undefined,
    'a={pod}': undefined,
    '': undefined,
  })
})

t.test('what is asked for may be named to an authorization service, lists in its body alone', async (t) => {
  checkFormat(t, urlTemplate(authorizationSample), {
    ...same(['https://a/{uid}/{pod}?ip={ip}&all={ips}&for={resources}&by={application}.{namespace}']),
    'https://a/{ipList}': undefined,
    'https://a/?for={resourceList}': undefined,
    'https://a/{port}': undefined,
    'http://{nodeIP}:8500/': undefined,
    'https://a.{namespace}/': undefined,
  })
  checkFormat(t, jsonTemplate(authorizationBodySample, '{"ips": {ipList}}'), {
    ...same(['{"ips": {ipList}, "for": {resourceList}, "who": "{namespace}/{pod} {uid}, {ips}"}', '{resourceList}']),
    '{"ips": "{ipList}"}': undefined,
    '{"ips": {ips}}': undefined,
    '{"ips": [{ip}]}': undefined,
    '{"node": "{nodeIP}"}': undefined,
  })
})
