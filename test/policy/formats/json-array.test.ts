import t from 'tap'
import { jsonArray } from '../../../policy/formats/json-array.ts'
import { checkFormat } from './check-format.ts'

t.test('a command is a JSON array of strings, and not empty', async (t) => {
  checkFormat(t, jsonArray, {
    '["java", "-jar"]': ['java', '-jar'],
    '[]': undefined,
    '[1]': undefined,
    '"java"': undefined,
    java: undefined,
  })
})
