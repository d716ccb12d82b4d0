import t from 'tap'
import { parseExec } from '../../bench/runtime-events.ts'

const event = (time: string, topic: string) =>
  `2026-11-21 ${time} +0000 UTC k8s.io ${topic} {"container_id":"0f3a","exec_id":"b1c2"}`

t.test('an exec, with the time that the runtime gave it', async (t) => {
  const at = Date.parse('2026-11-21T01:25:00.123Z')
  t.same(parseExec(event('01:25:00.123456789', '/tasks/exec-added')), { what: 'added', at, container: '0f3a' })
  t.same(parseExec(event('01:25:00.1', '/tasks/exec-added')), { what: 'added', at: at - 23, container: '0f3a' })
  t.same(parseExec(event('01:25:00', '/tasks/exec-started')), { what: 'started', at: at - 123, container: '0f3a' })
})

t.test('nothing else', async (t) => {
  t.equal(parseExec(event('01:25:00.123456789', '/tasks/exit')), undefined)
  t.equal(parseExec('ctr: connection lost'), undefined)
})
