import t from 'tap'
import { mapPaths } from './path-map.ts'

const map = {
  '/app': '/tmp/1/app',
  '/run/x': '/tmp/v',
  '/run/x/deep': '/tmp/d',
  '/dev/log': '/tmp/log',
  '/a+b': '/tmp/ab',
}

const cases: readonly [name: string, text: string, expected: string][] = [
  ['a path itself', '/app', '/tmp/1/app'],
  ['below a path', '/app/hooks/x', '/tmp/1/app/hooks/x'],
  ['the longest wins', '/run/x/deep/y:/run/x/y', '/tmp/d/y:/tmp/v/y'],
  ['in JSON', '{"command":["/app/x","/run/x"]}', '{"command":["/tmp/1/app/x","/tmp/v"]}'],
  ['in an assignment', 'A=/app/x', 'A=/tmp/1/app/x'],
  ['several', '/app /dev/log', '/tmp/1/app /tmp/log'],
  ['what is special in expressions', '/a+b/c', '/tmp/ab/c'],
  ['a longer name', '/apple', '/apple'],
  ['a longer name with a dot', '/app.js', '/app.js'],
  ['a longer name with a hyphen', '/app-2/x', '/app-2/x'],
  ['the end of another path', '/my/app', '/my/app'],
  ['the path of a URL', 'http://127.0.0.1:80/app/x', 'http://127.0.0.1:80/app/x'],
  ['a result is not mapped again', mapPaths('/app', { '/app': '/tmp/app' }), '/tmp/app'],
]

for (const [name, text, expected] of cases) t.equal(mapPaths(text, map), expected, name)
t.equal(mapPaths('/app', {}), '/app', 'an empty map')
