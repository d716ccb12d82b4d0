import { fitsPattern } from '../../policy/pattern.ts'
import type { Binding } from '../../policy/schema/authorization-policy.ts'

/** Who asks, as the API server vouches for it, and what for, as the pod says. */
export interface Question {
  readonly namespace: string
  readonly serviceAccount: string
  readonly application: string
  readonly resources: readonly string[]
}

/**
 * undefined where every resource is in some binding for this namespace, service account and application; else a sentence
 * that says what was found and what is missing. What no binding names is refused.
 */
export function findRefusal(bindings: readonly Binding[], question: Question): string | undefined {
  const { namespace, serviceAccount, application, resources } = question
  const who = `service account ${serviceAccount} of namespace ${namespace}`
  const own = bindings.filter((each) => fits(each.namespaces, namespace) && fits(each.serviceAccounts, serviceAccount))
  const forApplication = own.filter(({ applications }) => fits(applications, application))
  if (forApplication.length === 0)
    return `no binding of the gate's policy lets ${who} ask for application ${application}`
  const refused = resources.find((name) => !forApplication.some((each) => fits(each.resources, name)))
  if (refused === undefined) return undefined
  return `no binding of the gate's policy gives ${refused} to application ${application} for ${who}`
}

const fits = (patterns: readonly string[], name: string) => patterns.some((pattern) => fitsPattern(pattern, name))
