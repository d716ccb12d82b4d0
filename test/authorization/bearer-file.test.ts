import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readBearer } from '../../authorization/bearer-file.ts'

t.test('a token is read as it is now, without the line break at its end', async (t) => {
  const file = join(t.testdir({ token: 'first.a-b_c=\n' }), 'token')
  t.strictSame(readBearer(file), { kind: 'bearer', bearer: 'first.a-b_c=' })
  writeFileSync(file, 'second')
  t.strictSame(readBearer(file), { kind: 'bearer', bearer: 'second' })
})

t.test('what is no token is said of its file, and not shown', async (t) => {
  const folder = t.testdir({
    empty: ' \n',
    large: 's3cret'.repeat(8 * 1024),
    lines: 's3cret\r\nX-Other: s3cret',
    letters: 's3crét',
  })
  const rows: Record<string, string> = {
    none: 'cannot be read',
    empty: 'is empty',
    large: 'is no token',
    lines: 'is no token',
    letters: 'is no token',
  }
  for (const [name, what] of Object.entries(rows)) {
    const reading = readBearer(join(folder, name))
    t.match(reading, {
      kind: 'missing',
      detail: `${folder}/${name} ${what}, expected a token in one line of at most 8 KiB; `,
    })
    t.notMatch(JSON.stringify(reading), 's3cr')
  }
  t.match(readBearer(folder), { kind: 'missing', detail: 'cannot be read' }, 'a folder')
})
