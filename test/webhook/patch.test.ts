import t from 'tap'
import { pointer, setEntry } from '../../webhook/patch.ts'

t.test('a pointer escapes ~ and /, in this order', async (t) => {
  t.equal(pointer('metadata', 'annotations', 'greenroom.dev/a~b'), '/metadata/annotations/greenroom.dev~1a~0b')
  t.equal(pointer('spec', 0), '/spec/0')
})

t.test('an entry is set only where it differs', async (t) => {
  t.strictSame(setEntry({ 'a/b': '1' }, '/m', 'a/b', '1'), [])
  t.strictSame(setEntry({ 'a/b': '2' }, '/m', 'a/b', '1'), [{ op: 'add', path: '/m/a~1b', value: '1' }])
  t.strictSame(setEntry(null, '/m', 'a', '1'), [{ op: 'add', path: '/m/a', value: '1' }])
})
