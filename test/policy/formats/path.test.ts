import t from 'tap'
import { absolutePath } from '../../../policy/formats/path.ts'
import { checkFormat } from './check-format.ts'

t.test('a path is absolute, without "..", and loses its last slash', async (t) => {
  checkFormat(t, absolutePath, {
    '/app/hooks': '/app/hooks',
    '/app/hooks/': '/app/hooks',
    '/app/..hidden': '/app/..hidden',
    [`/${'a'.repeat(1_000)}`]: undefined,
    '/': undefined,
    '': undefined,
    'app/hooks': undefined,
    '/app/../etc': undefined,
    '/app/a b': undefined,
    '/app:ro': undefined,
    '/app\n': undefined,
  })
})
