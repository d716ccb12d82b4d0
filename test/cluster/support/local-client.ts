import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BoundPod, drawToken, readSettings } from './bound-pod.ts'

/** The bundle that pods run, as test/cluster/load has made it. */
const bundle = new URL('../../../dist/authorize.cjs', import.meta.url).pathname

export interface Authorized {
  /** 0: the pod may start. */
  readonly code: number | null
  readonly message: string
}

/**
 * One start of a pod's real init container as a local process, with the settings that the webhook wrote and a real token,
 * mounted where the kubelet mounts it: in a mount namespace of its own.
 */
export async function authorizeLocally(pod: BoundPod, changes: { readonly token?: string } = {}): Promise<Authorized> {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-client-'))
  try {
    const [run, tokens, messageFile] = ['run', 'tokens', 'message'].map((name) => join(folder, name))
    if (!run || !tokens || !messageFile) throw new Error('unreachable')
    for (const each of [run, tokens]) mkdirSync(each)
    writeFileSync(join(tokens, 'token'), changes.token ?? (await drawToken(pod)))
    writeFileSync(messageFile, '')
    // Nobody reads it: that no sidecar heard of the grant is said, and fails nothing.
    const script = 'mkdir -p /run/greenroom-token && mount --bind "$1" /run/greenroom-token && shift && exec "$@"'
    const argv = [process.execPath, '--max-old-space-size=32', bundle, run, messageFile]
    const client = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', tokens, ...argv], {
      stdio: 'ignore',
      env: { PATH: process.env.PATH, ...(await environmentOf(pod)) },
    })
    const [code] = await once(client, 'exit')
    return { code, message: readFileSync(messageFile, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function environmentOf(pod: BoundPod): Promise<Record<string, string>> {
  return {
    GREENROOM_SETTINGS: await readSettings(pod),
    GREENROOM_POD_UID: pod.uid,
    GREENROOM_POD_NAME: pod.name,
    GREENROOM_POD_NAMESPACE: pod.namespace,
    GREENROOM_POD_IP: pod.ip,
    GREENROOM_POD_IPS: pod.ip,
  }
}
