import t from 'tap'
import { findConflict } from '../../webhook/conflicts.ts'
import { container, pod } from '../policy/pods.ts'

const conflictOf = (mountPath: string, healthcheckDir?: string, fields: object = {}) => {
  const app = container({ volumeMounts: [{ name: 'data', mountPath }], ...fields })
  return findConflict(pod({ spec: { containers: [app] } }), app, healthcheckDir)?.code
}

t.test('a mount of the user is in the way at our paths and below them, not above and not beside', async (t) => {
  const table: Record<string, [mountPath: string, healthcheckDir: string | undefined, taken: boolean]> = {
    'at ours': ['/run/greenroom', undefined, true],
    'at ours, with a slash': ['/greenroom/', undefined, true],
    'at ours, spelled in another way': ['/run//./x/../greenroom', undefined, true],
    'at ours, without its first slash': ['run/greenroom', undefined, true],
    'below ours': ['/run/greenroom/x', undefined, true],
    'far below ours': ['/greenroom/a/b', undefined, true],
    'at healthcheck-dir': ['/data', '/data', true],
    'below healthcheck-dir': ['/data/x', '/data', true],
    'below healthcheck-dir, spelled in another way': ['/data/x', '//data/.', true],
    'above ours': ['/run', undefined, false],
    'above healthcheck-dir': ['/data', '/data/www', false],
    'beside ours': ['/run/greenroom-data', undefined, false],
    'beside healthcheck-dir': ['/database', '/data', false],
  }
  for (const [name, [mountPath, healthcheckDir, taken]] of Object.entries(table))
    t.equal(conflictOf(mountPath, healthcheckDir), taken ? 'MountPathTaken' : undefined, name)
})

t.test('the file of the termination message is mounted too', async (t) => {
  t.equal(conflictOf('/x', '/data', { terminationMessagePath: '/data/last-words' }), 'MountPathTaken')
  t.equal(conflictOf('/x', '/data', { terminationMessagePath: '/dev/termination-log' }), undefined)
})

t.test('a device has its place as a mount has', async (t) => {
  const at = (devicePath: string) => conflictOf('/x', undefined, { volumeDevices: [{ name: 'disk', devicePath }] })
  t.equal(at('/greenroom'), 'MountPathTaken')
  t.equal(at('/dev/xvda'), undefined)
})

t.test('healthcheck-dir is not where the runtime mounts', async (t) => {
  for (const dir of ['/etc', '/dev', '/dev/shm', '/proc', '/sys/fs'])
    t.equal(conflictOf('/x', dir), 'MountPathTaken', dir)
  for (const dir of ['/etc/nginx/html', '/device']) t.equal(conflictOf('/x', dir), undefined, dir)
})

t.test('nobody mounts our volume ahead of us', async (t) => {
  for (const name of ['greenroom', 'greenroom-token']) {
    const neighbour = container({ name: 'neighbour', volumeMounts: [{ name, mountPath: '/x' }] })
    const spec = { containers: [container(), neighbour] }
    t.equal(findConflict(pod({ spec }), container(), undefined)?.code, 'NameTaken', name)
  }
})
