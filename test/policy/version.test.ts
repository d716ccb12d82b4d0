import { readFileSync } from 'node:fs'
import t from 'tap'
import { version } from '../../policy/version.ts'

t.test("the version is package.json's", async (t) => {
  t.match(JSON.parse(readFileSync('package.json', 'utf8')), { version })
})
