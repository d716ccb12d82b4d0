const labels = { app: 'orders' }

/** A service on a JVM with Greenroom, as a team would deploy it: nothing of its strategy is set. */
export function serviceDeployment({ replicas, drain }: { replicas: number; drain: string }): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'orders' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'greenroom.dev/inject': 'true', 'greenroom.dev/drain': drain } },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name: 'app',
              image: 'jvm:1',
              imagePullPolicy: 'Never',
              ports: [{ containerPort: 8080 }],
              // Ten JVMs on two cores may not answer within the second that is the default.
              readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 },
              // Pods that drain keep what they have asked for: there has to be room for those that take their place.
              resources: { requests: { cpu: '50m', memory: '64Mi' } },
              securityContext: {
                runAsUser: 1000,
                runAsNonRoot: true,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                seccompProfile: { type: 'RuntimeDefault' },
              },
            },
          ],
        },
      },
    },
  }
}

/** A Service of these pods. */
export function service(name: string, spec: object, port: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080, ...port }], ...spec },
  }
}
