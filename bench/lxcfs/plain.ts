import { clusterFolder } from '../../test/cluster/support/cluster-folder.ts'
import { kubectl, kubectlWith } from '../../test/cluster/support/kubectl.ts'
import { lxcfsFiles, readerPod, readReports } from '../../test/cluster/support/lxcfs.ts'
import type { Pod } from '../../test/cluster/support/pod.ts'
import { processesOf } from '../../test/cluster/support/processes.ts'
import { untilTrue } from '../../test/cluster/support/until-true.ts'
import type { Ground } from '../ground.ts'

/** On the node; it goes with the cluster. lxcfs is mounted below it, for a volume that is dead itself starts no container. */
const parent = `${clusterFolder}/plain-lxcfs`
const folder = `${parent}/lxcfs`
const selector = 'app=plain-lxcfs'
const times = 3

/**
 * As common integrations do it: a DaemonSet mounts lxcfs on a directory of the node, and pods mount its files from there. When lxcfs
 * ends it is started again, and its files come back in no pod that runs: measured is the time until one that was created anew, as somebody
 * has to do, sees what is right. Milliseconds from the kill on, nobody's time to notice counted.
 */
export async function measurePlain(ground: Ground): Promise<number[]> {
  ground.say('a plain DaemonSet, its directory mounted into pods')
  await kubectlWith([daemonSet], 'apply')
  try {
    await kubectl('rollout', 'status', '-n', 'kube-system', 'daemonset/plain-lxcfs', '--timeout=120s')
    const samples: number[] = []
    for (let time = 0; time < times; time++) samples.push(await measureOnce(ground, time))
    return samples
  } finally {
    await kubectl('delete', 'daemonset', '-n', 'kube-system', 'plain-lxcfs', '--ignore-not-found')
  }
}

async function measureOnce(ground: Ground, time: number): Promise<number> {
  const [name, next] = [`plain-${time}`, `plain-${time}-anew`]
  const [pod] = await ground.start([plainPod(name)])
  if (!pod) throw new Error('no pod')
  const isRight = (pod: Pod) => async () => (await readReports(pod)).every(({ counts }) => (counts.right ?? 0) > 0)
  await untilTrue(isRight(pod), Date.now() + 30_000, 20)
  const at = Date.now()
  process.kill(await plainLxcfs(), 'SIGKILL')
  await kubectl(
    'wait',
    'pod',
    '-n',
    'kube-system',
    '-l',
    selector,
    '--for=condition=Ready=false',
    '--timeout=10s',
  ).catch(
    () => {}, // Back already.
  )
  await kubectl('wait', 'pod', '-n', 'kube-system', '-l', selector, '--for=condition=Ready', '--timeout=60s')
  if (!(await readReports(pod)).some(({ isOut }) => isOut)) throw new Error('the running pod has healed')
  const [anew] = await ground.start([plainPod(next)])
  if (!anew) throw new Error('no pod')
  const healedAt = await untilTrue(isRight(anew), Date.now() + 30_000, 20)
  await ground.clear(name, next)
  return (healedAt ?? Number.NaN) - at
}

async function plainLxcfs(): Promise<number> {
  const list = await kubectl('get', 'pods', '-n', 'kube-system', '-l', selector, '-o', 'json')
  const [pod]: Pod[] = JSON.parse(list).items
  const process = pod && processesOf(pod, 'lxcfs').find(({ command }) => command.startsWith('lxcfs'))
  if (!process) throw new Error('no plain lxcfs')
  return process.pid
}

/** Without Greenroom, its files by hand. */
function plainPod(name: string) {
  const { metadata: _, ...pod } = readerPod(name, { mode: 'off' })
  const [container] = pod.spec.containers
  const mounts = lxcfsFiles.map(({ path, volumeName }) => ({ name: volumeName, mountPath: path, readOnly: true }))
  const volumes = lxcfsFiles.map(({ path, volumeName }) => ({ name: volumeName, hostPath: { path: folder + path } }))
  return {
    ...pod,
    metadata: { name },
    spec: { ...pod.spec, containers: [{ ...container, volumeMounts: mounts }], volumes },
  }
}

const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'plain-lxcfs', namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: { app: 'plain-lxcfs' } },
    template: {
      metadata: { labels: { app: 'plain-lxcfs' } },
      spec: {
        hostPID: true,
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'lxcfs',
            image: 'greenroom-lxcfs:0.1.0',
            imagePullPolicy: 'Never',
            // What the last one has left is in the way.
            command: [
              '/bin/busybox',
              'sh',
              '-c',
              'umount -l /plain/lxcfs; mkdir -p /plain/lxcfs; exec lxcfs -f -l --enable-cfs /plain/lxcfs',
            ],
            readinessProbe: {
              exec: { command: ['/bin/busybox', 'cat', '/plain/lxcfs/proc/uptime'] },
              periodSeconds: 1,
            },
            securityContext: { privileged: true },
            volumeMounts: [
              { name: 'plain', mountPath: '/plain', mountPropagation: 'Bidirectional' },
              { name: 'cgroup', mountPath: '/sys/fs/cgroup' },
            ],
          },
        ],
        volumes: [
          { name: 'plain', hostPath: { path: parent, type: 'DirectoryOrCreate' } },
          { name: 'cgroup', hostPath: { path: '/sys/fs/cgroup' } },
        ],
      },
    },
  },
}
