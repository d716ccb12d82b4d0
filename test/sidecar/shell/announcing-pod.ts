import type { Announcing, PodSettings } from '../../../policy/settings.ts'
import { real } from './deciders.ts'
import { startSidecar } from './sidecar.ts'
import { createStage } from './stage.ts'
import { startWebApp } from './web-app.ts'

interface Teardown {
  teardown(undo: () => void): void
}

const hook = { command: ['/nonexistent/hook'], required: false, timeoutMs: 5000 } as const

/** A pod with an app that answers, announcers, and sidecar/main.ts to decide. */
export async function createAnnouncingPod(t: Teardown, announcing: Announcing) {
  const stage = createStage(t)
  const app = await startWebApp(t)
  const http = { kind: 'http', scheme: 'http', path: '/', headers: [], exactly200: true } as const
  const settings: PodSettings = {
    version: 1,
    application: 'orders',
    checkurl: { ...http, port: app.port, timeoutMs: 60_000 },
    hooks: { preOnline: hook, verify: hook, reload: hook, postOffline: hook },
    hold: false,
    drain: { minMs: 100, maxMs: 20_000, quietMs: 100, ports: [app.port] },
    check: null,
    authorization: null,
    announcing,
  }
  const env = { GREENROOM_SETTINGS: JSON.stringify(settings), GREENROOM_NODE_IP: '127.0.0.1' }
  const decide = real(stage)
  return { stage, startSidecar: () => startSidecar(stage, { decide, env }) }
}
