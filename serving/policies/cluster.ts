import { CoreV1Api, CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import type { NamedPolicy } from '../../policy/choose-policy.ts'
import { isRecord, isText } from '../../policy/json.ts'
import type { Labels } from '../../policy/label-selector.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import { type PolicyObject, parsePolicyObject } from '../../policy/schema/parse-policy.ts'
import { brief } from '../api-error.ts'
import { pageOf, reflect } from '../reflector.ts'
import { within } from '../within.ts'
import { createPolicyBook, type Reading } from './book.ts'
import { acceptedSpec } from './condition.ts'
import { type Namespace, parseNamespace } from './namespace.ts'
import { withCertificates } from './policy-file.ts'

export const policyResource = { group: 'greenroom.dev', version: 'v1alpha1', plural: 'injectionpolicies' } as const

/** An object as it was read, and what became of it. */
export interface PolicyNews {
  readonly name: string
  /** null: it is gone. */
  readonly object: StoredPolicy | null
  readonly reading: Reading | null
  /** Neither its spec nor what became of it has changed: somebody wrote something else. */
  readonly isRepeated: boolean
}

export interface StoredPolicy extends PolicyObject {
  readonly name: string
  readonly version: string
  readonly generation: number
  readonly status: unknown
}

/** The cluster's InjectionPolicies as of a moment ago. */
export interface ClusterPolicies {
  /** Resolves once every policy has been read that was there at the beginning. */
  readonly synced: Promise<void>
  /** The policy that holds for a pod; the defaults where none selects it. */
  readonly choose: (namespace: string, podLabels: Labels) => ChosenPolicy | Promise<ChosenPolicy>
  /** In their order. */
  readonly all: () => readonly NamedPolicy[]
  /** The object as it is now, which need not be what holds. */
  readonly stored: (name: string) => StoredPolicy | undefined
  readonly namespace: (name: string) => Namespace | undefined
  /** Of a namespace, also of one that is younger than the copy. */
  readonly labelsOf: (namespace: string) => Labels | Promise<Labels>
  readonly stop: () => void
}

/** Without a name, the defaults, or from a file. The same object for the same policy. */
export type ChosenPolicy = Partial<NamedPolicy> & Pick<NamedPolicy, 'policy'>

const defaults: ChosenPolicy = { policy: defaultPolicy }

interface Parts {
  readonly logger: Logger
  /** Told of every change, in order. */
  readonly onNews: (news: PolicyNews) => void
  readonly onNamespace?: () => void
  /** What is made of a policy that was read. By default it gets the certificates that it names, from files. */
  readonly complete?: (policy: InjectionPolicy, name: string) => Promise<InjectionPolicy>
}

/** A mounted ConfigMap takes up to a minute to change; this is short beside it. */
const rereadMs = 10_000

/** Follows the policies, and the labels of namespaces, for which they may ask. */
export function followPolicies(
  config: KubeConfig,
  { logger, onNews, onNamespace = () => {}, complete = withCertificates }: Parts,
): ClusterPolicies {
  const [custom, core] = [config.makeApiClient(CustomObjectsApi), config.makeApiClient(CoreV1Api)]
  const { promise: synced, resolve: haveSynced } = Promise.withResolvers<void>()
  /** Keys of a newer release, by policy. */
  const passedOver = new Map<string, readonly string[]>()
  const parse = (object: PolicyObject, name: string) => {
    passedOver.delete(name)
    return parsePolicyObject(object, name, (places) => passedOver.set(name, places))
  }
  /** A file that is gone: pods that cannot trust their service wait for it, and do not start without an authorization. */
  const completeIfPossible = (policy: InjectionPolicy, name: string) => complete(policy, name).catch(() => policy)
  const book = createPolicyBook(
    async (object, name) => complete(parse(object, name), name),
    async (object, name) => completeIfPossible(parse(object, name), name),
  )
  let work: Promise<unknown> = Promise.resolve()
  /** What was said of each policy last, which is not said twice. */
  const words = new Map<string, string>()

  async function look(name: string, object: StoredPolicy): Promise<void> {
    const accepted = acceptedSpec(object.status)
    const reading = await book.put(name, object, accepted === undefined ? undefined : { ...object, spec: accepted })
    const word = `${object.generation} ${reading.kind === 'accepted' ? '' : reading.problem.message}`
    const isRepeated = word === words.get(name)
    words.set(name, word)
    if (!isRepeated) sayReading(object, reading)
    onNews({ name, object, reading, isRepeated })
  }

  function sayReading({ name, generation }: StoredPolicy, reading: Reading): void {
    const fields = { policy: name, generation }
    const unknown = passedOver.get(name)
    if (unknown) logger.warn({ ...fields, unknown }, 'this release passes over what it does not know in the policy')
    if (reading.kind === 'accepted') logger.info(fields, 'the policy holds')
    else logger.error({ ...fields, problem: reading.problem.message }, 'the policy cannot be read')
  }

  async function forget(name: string): Promise<void> {
    await book.remove(name)
    words.delete(name)
    logger.info({ policy: name }, 'the policy is gone')
    onNews({ name, object: null, reading: null, isRepeated: false })
  }

  const inTurn = (name: string, act: () => Promise<void>) => {
    work = work.then(act).catch((err) => logger.error({ err, policy: name }, 'the policy could not be looked at'))
  }

  const warn = (what: string) => (error: unknown) => logger.warn({ err: brief(error) }, `${what} are not in step`)
  const policies = reflect<StoredPolicy>(
    config,
    {
      path: `/apis/${policyResource.group}/${policyResource.version}/${policyResource.plural}`,
      list: async () => pageOf(await custom.listClusterCustomObject(policyResource)),
      parse: parseStored,
      keyOf: ({ name }) => name,
      versionOf: ({ version }) => version,
    },
    {
      onChange: (name, object) => inTurn(name, () => (object ? look(name, object) : forget(name))),
      onSynced: () => void work.then(() => haveSynced()),
      onError: warn('the policies'),
    },
  )
  const namespaces = reflect<Namespace>(
    config,
    {
      path: '/api/v1/namespaces',
      list: async () => pageOf(await core.listNamespace()),
      parse: parseNamespace,
      keyOf: ({ name }) => name,
      versionOf: ({ version }) => version,
    },
    { onChange: onNamespace, onSynced: () => haveNamespaces(), onError: warn('the namespaces') },
  )
  const { promise: namespacesSynced, resolve: haveNamespaces } = Promise.withResolvers<void>()

  // The files that a policy names come later than the policy where both are new, and change without it.
  const rereading = setInterval(() => {
    for (const object of policies.all()) if (namesFile(object)) inTurn(object.name, () => look(object.name, object))
  }, rereadMs)

  /** A namespace may be younger than the copy. */
  const labelsOf = (name: string) => namespaces.get(name)?.labels ?? readLabels(name)

  async function readLabels(name: string): Promise<Labels> {
    const { items } = await within(core.listNamespace({ fieldSelector: `metadata.name=${name}` }))
    return items[0]?.metadata?.labels ?? {}
  }

  return {
    synced: Promise.all([synced, namespacesSynced]).then(() => {}),
    choose(namespace, podLabels) {
      const chooseWith = (namespaceLabels: Labels) => book.choose({ namespaceLabels, podLabels }) ?? defaults
      if (!book.asksNamespaces()) return chooseWith({})
      const labels = labelsOf(namespace)
      return labels instanceof Promise ? labels.then(chooseWith) : chooseWith(labels)
    },
    all: book.all,
    stored: policies.get,
    namespace: namespaces.get,
    labelsOf,
    stop: () => {
      clearInterval(rereading)
      policies.stop()
      namespaces.stop()
    },
  }
}

const namesFile = ({ spec }: StoredPolicy): boolean =>
  isRecord(spec) && isRecord(spec.authorization) && spec.authorization.caFile !== undefined

function parseStored(object: unknown): StoredPolicy | null {
  if (!isRecord(object) || !isRecord(object.metadata)) return null
  const { apiVersion, kind, metadata, spec, status } = object
  const { name, resourceVersion, generation } = object.metadata
  if (!isText(name) || !isText(resourceVersion)) return null
  const counted = typeof generation === 'number' ? generation : 0
  return { name, version: resourceVersion, generation: counted, apiVersion, kind, metadata, spec, status }
}
