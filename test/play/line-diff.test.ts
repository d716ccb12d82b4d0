import t from 'tap'
import { lineDiff } from './line-diff.ts'

const show = (before: string, after: string) =>
  lineDiff(before, after).map((line) => (line.sign === 'fold' ? `fold ${line.count}` : `${line.sign}${line.text}`))

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `l${from + index}\n`).join('')

t.strictSame(show('a\nb\nc\n', 'a\nx\nc\n'), [' a', '-b', '+x', ' c'], 'little is folded nowhere')
t.strictSame(
  show(lines(1, 20), `${lines(1, 10)}new\n${lines(11, 20)}`),
  ['fold 8', ' l9', ' l10', '+new', ' l11', ' l12', 'fold 8'],
  'long stretches are, but for what stands around a change',
)
t.strictSame(show(lines(1, 9), `new\n${lines(1, 9)}new\n`).slice(0, 5), ['+new', ' l1', ' l2', 'fold 5', ' l8'])
t.strictSame(show('a\n', 'a\n'), [' a'], 'nothing changed')
