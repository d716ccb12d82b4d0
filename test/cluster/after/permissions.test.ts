import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { clusterFolder } from '../support/cluster-folder.ts'
import { system } from '../support/component.ts'
import { kubectl } from '../support/kubectl.ts'

/** What the API server's audit log has of a request. */
interface AuditEvent {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource: string
    readonly subresource?: string
    readonly name?: string
    readonly namespace?: string
  }
  readonly responseStatus?: { readonly code?: number }
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules?: readonly Rule[]
  readonly roleRef?: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[]
}

/** One verb on one resource that an account may use. */
interface Permission {
  readonly account: string
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly name: string | undefined
  /** undefined: in all. */
  readonly namespace: string | undefined
}

async function readManifests(folder: string): Promise<readonly Manifest[]> {
  const text = await kubectl('kustomize', folder)
  return parseAllDocuments(text).map((document) => document.toJS())
}

/** Of the roles that are bound to accounts. A binding without a namespace is in Greenroom's own. */
function permissionsIn(manifests: readonly Manifest[]): readonly Permission[] {
  return manifests
    .filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding')
    .flatMap((binding) => {
      const namespace = binding.kind === 'RoleBinding' ? (binding.metadata.namespace ?? system) : undefined
      const role = manifests.find(
        ({ kind, metadata }) => kind === binding.roleRef?.kind && metadata.name === binding.roleRef.name,
      )
      if (!role?.rules) throw new Error(`${binding.metadata.name} binds ${binding.roleRef?.name}, which is not there`)
      const accounts = binding.subjects?.map(({ name }) => name) ?? []
      return accounts.flatMap((account) => role.rules?.flatMap((rule) => each(rule, account, namespace)) ?? [])
    })
}

function each(rule: Rule, account: string, namespace: string | undefined): readonly Permission[] {
  const { apiGroups, resources, verbs } = rule
  const names: readonly (string | undefined)[] = rule.resourceNames ?? [undefined]
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      names.flatMap((name) => verbs.map((verb) => ({ account, verb, group, resource, name, namespace }))),
    ),
  )
}

const textOf = ({ account, verb, group, resource, name, namespace }: Permission) =>
  `${account}: ${verb} ${group === '' ? resource : `${resource}.${group}`}${name ? ` ${name}` : ''}${namespace ? ` in ${namespace}` : ''}`

/** Whether this is what the permission allows. */
const isOf = ({ user, verb, objectRef }: AuditEvent, permission: Permission) =>
  user.username === `system:serviceaccount:${system}:${permission.account}` &&
  verb === permission.verb &&
  (objectRef?.apiGroup ?? '') === permission.group &&
  [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/') === permission.resource &&
  (permission.name === undefined || objectRef?.name === permission.name) &&
  (permission.namespace === undefined || objectRef?.namespace === permission.namespace)

const events: readonly AuditEvent[] = readFileSync(`${clusterFolder}/logs/audit.log`, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line))
const permissions = permissionsIn(
  (await Promise.all(['overlay', 'gate'].map((name) => readManifests(`test/cluster/${name}`)))).flat(),
)
const isRefused = ({ responseStatus }: AuditEvent) => responseStatus?.code === 403

t.test('of what Greenroom may do, the tests have it do everything', async (t) => {
  t.ok(permissions.length > 20, `${permissions.length} permissions`)
  const unused = permissions.filter(
    (permission) => !events.some((event) => !isRefused(event) && isOf(event, permission)),
  )
  t.same(unused.map(textOf), [])
})

// When a part is deleted, its roles may go before its last pods.
t.test('and it tries nothing that it may not', async (t) => {
  const refused = events.filter((event) => isRefused(event) && !permissions.some((each) => isOf(event, each)))
  t.same(
    [...new Set(refused.map(({ user, verb, objectRef }) => JSON.stringify({ user: user.username, verb, objectRef })))],
    [],
  )
})
