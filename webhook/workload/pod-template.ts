import { isRecord } from '../../policy/json.ts'

/** Where a workload keeps the template of its pods, by kind. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/ */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

/** Kinds whose templates are looked at; a test holds the registration to them. */
export const workloadKinds: readonly string[] = Object.keys(templatePaths)

/** The template of the pods that a workload makes, as it was written; undefined where there is none. */
export function podTemplateOf(kind: string, workload: unknown): Readonly<Record<string, unknown>> | undefined {
  const path = templatePaths[kind] ?? []
  const template = path.reduce<unknown>((parent, key) => (isRecord(parent) ? parent[key] : undefined), workload)
  return path.length > 0 && isRecord(template) ? template : undefined
}
