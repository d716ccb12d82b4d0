import t from 'tap'
import { requestPath } from '../../policy/request-path.ts'

const rows: [written: string, sent: string][] = [
  ['/health', '/health'],
  ['health', '/health'],
  ['?a=b', '/?a=b'],
  ['/a b?c d', '/a%20b?c%20d'],
  ['/ü%20c', '/%C3%BC%20c'],
  ['/health#part', '/health'],
  ['/health?a=100%#part', '/health?a=100%'],
  ['/100%', '/100%25'],
  ['/100%?a=ü#b', '/100%25%3Fa=%C3%BC%23b'],
]

for (const [written, sent] of rows) {
  t.test(`${written} is sent as ${sent}`, async (t) => t.equal(requestPath(written), sent))
}
