import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const program = new URL('../kubelet', import.meta.url).pathname

/** Stops the kubelet and starts it, with these variables beside the test's own; resolves when its node is Ready. */
export async function restartKubelet(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  await promisify(execFile)(program, ['restart'], { env: { ...process.env, ...environment } })
}
