import { type Pod, parsePod } from './pod.ts'

interface PodFields {
  readonly initContainers?: readonly object[]
  readonly containers?: readonly object[]
  readonly volumes?: readonly object[]
  readonly terminationGracePeriodSeconds?: number
  readonly restartPolicy?: string
}

/** A pod for tests, with one app that does nothing where no other is given. */
export function fixturePod({ containers = [shell('app', 'sleep 60')], ...spec }: PodFields): Pod {
  return parsePod({ metadata: { name: 'fixture', namespace: 'test' }, spec: { ...spec, containers } })
}

/** A container that runs a line of shell. */
export function shell(name: string, script: string, fields: object = {}): object {
  return { name, image: 'shell', command: shellCommand(script), ...fields }
}

export function shellCommand(script: string): readonly string[] {
  return ['/bin/sh', '-c', script]
}
