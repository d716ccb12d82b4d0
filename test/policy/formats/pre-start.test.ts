import t from 'tap'
import { preStart } from '../../../policy/formats/pre-start.ts'
import { checkFormat } from './check-format.ts'

t.test('a preStart is a hook, or "off"', async (t) => {
  checkFormat(t, preStart, {
    off: 'off',
    '/app/prepare --all': ['/app/prepare', '--all'],
    Off: undefined,
    '': undefined,
  })
})
