import type { InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import type { Injection } from '../injection.ts'
import type { Operation } from '../patch.ts'

/** What every mutator may look at. */
export interface Context {
  /** The pod as it came, before any operation. */
  readonly pod: RawPod
  readonly injection: Injection
  readonly policy: InjectionPolicy
  /** Image of our own containers. */
  readonly image: string
  /** Keeps other clients of the sidecar's port out of the probe's chain. */
  readonly probeToken: string
}

/** Operations that bring one part into the pod; none where the pod has it. */
export type Mutator = (context: Context) => readonly Operation[]
