import { type Container, type Injector, withMore } from './pod.ts'

/**
 * Vault's agent injector, release 1.7: an agent that fetches the secrets before the app, and one that keeps them fresh. Its
 * mount goes into every container, init containers included.
 * Source: hashicorp/vault-k8s, agent-inject/agent/agent.go (Patch), container_init_sidecar.go, container_sidecar.go.
 */
interface Options {
  /** Annotation `vault.hashicorp.com/agent-init-first`. */
  readonly initFirst?: boolean
  /** Annotation `vault.hashicorp.com/agent-pre-populate-only`: no agent beside the app. */
  readonly prePopulateOnly?: boolean
}

const statusKey = 'vault.hashicorp.com/agent-inject-status'

export const vault =
  ({ initFirst = false, prePopulateOnly = false }: Options = {}): Injector =>
  (pod) => {
    if (pod.metadata.annotations?.[statusKey] === 'injected') return pod
    const { containers, initContainers = [], volumes = [] } = pod.spec
    const inits = initContainers.map(withSecrets)
    return withMore(pod, {
      metadata: { annotations: { [statusKey]: 'injected' } },
      volumes: [
        ...volumes,
        { name: 'home-init', emptyDir: { medium: 'Memory' } },
        { name: 'home-sidecar', emptyDir: { medium: 'Memory' } },
        { name: 'vault-secrets', emptyDir: { medium: 'Memory' } },
      ],
      containers: [...containers.map(withSecrets), ...(prePopulateOnly ? [] : [agent('vault-agent', 'home-sidecar')])],
      initContainers: initFirst
        ? [agent('vault-agent-init', 'home-init'), ...inits]
        : [...inits, agent('vault-agent-init', 'home-init')],
    })
  }

const secrets = { name: 'vault-secrets', mountPath: '/vault/secrets' }

const withSecrets = (container: Container): Container => ({
  ...container,
  volumeMounts: [...(container.volumeMounts ?? []), secrets],
})

const agent = (name: string, home: string): Container => ({
  name,
  command: ['/bin/sh', '-ec'],
  args: ['vault agent -config=/vault/configs/config.hcl'],
  env: [{ name: 'VAULT_LOG_LEVEL', value: 'info' }],
  resources: { limits: { cpu: '500m', memory: '128Mi' }, requests: { cpu: '250m', memory: '64Mi' } },
  volumeMounts: [{ name: home, mountPath: '/vault/agent' }, secrets],
})
