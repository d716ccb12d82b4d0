import { kubectl } from './kubectl.ts'

/** A Service for the pods of one application. */
export function serviceFor(app: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app },
    spec: { selector: { app }, ports: [{ port: 80, targetPort: 8080 }] },
  }
}

/** Resolves once the only endpoint of a Service is ready, or no longer so, as proxies see it. */
export async function untilEndpoint(namespace: string, service: string, ready: boolean): Promise<void> {
  const isSo = `jsonpath={.endpoints[0].conditions.ready}=${ready}`
  const slice = ['endpointslice', '-l', `kubernetes.io/service-name=${service}`]
  await kubectl('wait', '-n', namespace, ...slice, `--for=${isSo}`, '--timeout=30s')
}
