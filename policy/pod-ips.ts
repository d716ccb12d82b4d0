import { isIP } from 'node:net'

/**
 * All addresses of a pod, `ip` first: a dual-stack pod has one of each family. `list` is `status.podIPs` as the downward API
 * writes it, with commas; a pod that an older release admitted does not have it. undefined where something in it is no address.
 */
export function podIpsOf(ip: string, list: string | undefined): readonly string[] | undefined {
  const all = list?.split(',') ?? [ip]
  return all.every((each) => isIP(each) !== 0) ? [...new Set([ip, ...all])] : undefined
}
