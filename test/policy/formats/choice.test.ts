import t from 'tap'
import { choice, flag } from '../../../policy/formats/choice.ts'
import { checkFormat } from './check-format.ts'

t.test('a choice is one of a few words, as they are written', async (t) => {
  checkFormat(t, choice('composite', 'keep'), { composite: 'composite', keep: 'keep', Keep: undefined, '': undefined })
  t.equal(choice('require', 'prefer', 'off').expected, '"require" or "prefer" or "off"')
})

t.test('a flag has two spellings and no other', async (t) => {
  checkFormat(t, flag, { true: true, false: false, yes: undefined, True: undefined, '1': undefined, '': undefined })
})
