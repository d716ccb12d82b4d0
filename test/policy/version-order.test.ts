import t from 'tap'
import { newestVersion } from '../../policy/version-order.ts'

const ascending = ['0.9.0', '0.10.0-rc.1', '0.10.0', '0.10.1', '1.0.0-alpha', '1.0.0-beta', '1.0.0']

t.test('releases are ordered by number, and before their release the pre-releases', async (t) => {
  for (const [index, newer] of ascending.entries())
    for (const older of ascending.slice(0, index + 1)) {
      t.equal(newestVersion(older, newer), newer)
      t.equal(newestVersion(newer, older), newer)
    }
})
