import { mkdirSync, readFileSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fillRoot, mountVolumes, pathsOf } from './container-root.ts'
import { fixturePod, shell } from './fixture-pod.ts'

const [container] = fixturePod({
  volumes: [{ name: 'v', emptyDir: {} }],
  containers: [
    shell('app', '', {
      volumeMounts: [
        { name: 'v', mountPath: '/run/x' },
        { name: 'v', mountPath: '/app/public/marker', subPath: 'www' },
      ],
    }),
  ],
}).spec.containers

t.strictSame(pathsOf(container, { '/app': ['a'] }, '/r'), {
  '/app': '/r/app',
  '/run/x': '/r/run/x',
  '/app/public/marker': '/r/app/public/marker',
  '/dev/termination-log': '/r/dev/termination-log',
})

await t.test('an image in a folder, with the volumes in it', async (t) => {
  const folder = t.testdir({
    app: { 'tool.sh': '#!/bin/x sh\n# /bin/x stays here\n', public: {} },
    more: { 'other.sh': '#!/bin/sh\n' },
    program: 'a big one',
  })
  symlinkSync('../run/x/www-1', join(folder, 'app/link'))
  const root = join(folder, 'root')
  const image = { '/app': [join(folder, 'app'), join(folder, 'more')], '/bin/x': [join(folder, 'program')] }

  fillRoot(image, root, { '/bin/x': join(root, 'bin/x') })
  mkdirSync(join(folder, 'volumes/v'), { recursive: true })
  mountVolumes(container, root, join(folder, 'volumes'))
  writeFileSync(join(root, 'run/x/www/file'), 'seen')
  renameSync(join(folder, 'volumes/v/www'), join(folder, 'volumes/v/www-1'))

  t.equal(readFileSync(join(root, 'app/tool.sh'), 'utf8'), `#!${root}/bin/x sh\n# /bin/x stays here\n`, 'the #! line')
  t.equal(readFileSync(join(root, 'app/other.sh'), 'utf8'), '#!/bin/sh\n', 'of two folders on one path both are there')
  t.equal(realpathSync(join(root, 'bin/x')), realpathSync(join(folder, 'program')), 'a single file is linked')
  t.equal(readFileSync(join(root, 'app/public/marker/file'), 'utf8'), 'seen', 'a mount stays with its folder')
  t.equal(readFileSync(join(root, 'app/link/file'), 'utf8'), 'seen', 'a relative link stays in the root')
  t.equal(readFileSync(join(root, 'dev/termination-log'), 'utf8'), '')
})
