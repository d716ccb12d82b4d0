import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { readServing } from './component.ts'

const run = promisify(execFile)

/**
 * Nothing gets from the pods of one of Greenroom's parts to the API server any more, nor back, as on a watch that is open; returns the
 * way back, which may be gone twice.
 */
export async function cutFromApi(component: string): Promise<() => Promise<void>> {
  const ips = (await readServing(component)).map(({ status }) => status.podIP ?? '')
  const rules = ips.flatMap((ip) => [
    ['INPUT', '-s', ip, '-p', 'tcp', '--dport', '6443', '-j', 'DROP'],
    ['OUTPUT', '-d', ip, '-p', 'tcp', '--sport', '6443', '-j', 'DROP'],
  ])
  for (const rule of rules) await run('iptables', ['-I', ...rule])
  let isCut = true
  return async () => {
    if (isCut) for (const rule of rules) await run('iptables', ['-D', ...rule])
    isCut = false
  }
}
