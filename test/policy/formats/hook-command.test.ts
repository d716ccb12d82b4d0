import t from 'tap'
import { hookCommand } from '../../../policy/formats/hook-command.ts'
import { checkFormat } from './check-format.ts'

t.test('a hook is an absolute path and arguments, split at blanks', async (t) => {
  checkFormat(t, hookCommand, {
    '/app/warm': ['/app/warm'],
    ' /app/warm  --fast  now ': ['/app/warm', '--fast', 'now'],
    '/app/warm "a b"': ['/app/warm', '"a', 'b"'],
    [`/${'a'.repeat(1_999)}`]: [`/${'a'.repeat(1_999)}`],
    [`/${'a'.repeat(2_000)}`]: undefined,
    [`/${'ä'.repeat(1_000)}`]: undefined,
    'warm.sh': undefined,
    '': undefined,
    ' ': undefined,
    '/app/warm\nrm': undefined,
    '/app/warm\u001fx': undefined,
    '/app/warm\tx': undefined,
  })
})
