import t from 'tap'
import { canonicalAddress } from '../../../authorization/reference/address.ts'

t.test('one address has one text', async (t) => {
  const rows: readonly [text: string, canonical: string | null][] = [
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:0a01:203', '10.1.2.3'],
    ['0:0:0:0:0:ffff:a01:203', '10.1.2.3'],
    ['FD00:0:0:0::0007', 'fd00::7'],
    ['fd00::7', 'fd00::7'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['', null],
    ['10.1.2', null],
    ['010.1.2.3', null],
    ['fd00::7::1', null],
    ['orders', null],
  ]
  for (const [text, canonical] of rows) t.equal(canonicalAddress(text), canonical, text)
})
