import { ApiException, type V1Secret } from '@kubernetes/client-node'
import { pino } from 'pino'
import { authoritySecret } from '../../../serving/certificates/authority-secret.ts'
import { createAuthority, issueLeaf } from '../../../serving/certificates/issue.ts'
import { type Keeper, type KeeperParts, openKeeper, type Trust } from '../../../serving/certificates/keeper.ts'
import { yearly } from '../../../serving/certificates/lives.ts'
import { paces } from '../../../serving/certificates/paces.ts'

export const place = { name: 'greenroom-authority', namespace: 'greenroom-system' }

/** What the API server answers where it does not do what it was asked. */
export const refusal = (code: number) => new ApiException(code, 'refused', undefined, {})

/** An API server that holds one Secret, with its rule for versions; `before` runs ahead of every write. */
export function fakeSecrets(nowMs: () => number = Date.now) {
  let stored: V1Secret | undefined
  let version = 0
  const store = (body: V1Secret): V1Secret => {
    version += 1
    stored = { ...body, metadata: { ...body.metadata, resourceVersion: String(version) } }
    return stored
  }
  const fake = {
    writes: 0,
    before: async () => {},
    api: {
      async readNamespacedSecretWithHttpInfo() {
        const headers = { date: new Date(nowMs()).toUTCString() }
        if (!stored) throw new ApiException(404, 'not found', undefined, headers)
        return { data: stored, headers }
      },
      async createNamespacedSecret({ body }: { body: V1Secret }) {
        await fake.before()
        if (stored) throw refusal(409)
        fake.writes += 1
        return store(body)
      },
      async replaceNamespacedSecret({ body }: { body: V1Secret }) {
        await fake.before()
        if (!stored) throw refusal(404)
        if (stored.metadata?.resourceVersion !== body.metadata?.resourceVersion) throw refusal(409)
        fake.writes += 1
        return store(body)
      },
    },
    get: () => stored,
    /** As an administrator does. */
    put: (change: (secret: V1Secret) => V1Secret) => {
      if (stored) store(change(stored))
    },
    annotate: (key: string, value: string) =>
      fake.put((secret) => ({
        ...secret,
        metadata: { ...secret.metadata, annotations: { ...secret.metadata?.annotations, [key]: value } },
      })),
    remove: () => {
      stored = undefined
    },
  }
  return fake
}

/** A registration, and who trusts by it. `history` is every bundle that it had, and since when. */
export function fakeRegistration(steadyMs: () => number) {
  const history: { readonly bundle: string; readonly atMs: number }[] = []
  const current = () => history.at(-1)?.bundle ?? ''
  const trust: Trust = {
    async read() {
      const [shown, version] = [current(), history.length]
      return {
        bundles: [shown],
        async write(bundle) {
          if (shown === bundle) return false
          if (version !== history.length) throw refusal(422)
          history.push({ bundle, atMs: steadyMs() })
          return true
        },
      }
    },
  }
  return {
    trust,
    current,
    put: (bundle: string) => void history.push({ bundle, atMs: steadyMs() }),
    /** What somebody knows who hears of a change so much later. */
    knownAfter: (lagMs: number) => history.findLast(({ atMs }) => atMs <= steadyMs() - lagMs)?.bundle ?? '',
  }
}

const silent = pino({ level: 'silent' })

type Needed = Pick<KeeperParts, 'trust'> & { readonly secrets: ReturnType<typeof fakeSecrets> }

/** A keeper by real certificates. */
export const keep = ({ secrets, ...parts }: Needed & Partial<KeeperParts>): Promise<Keeper> =>
  openKeeper({
    secret: authoritySecret(secrets.api, place),
    lives: yearly,
    paces,
    draw: (nowMs) => createAuthority('test', new Date(nowMs)),
    issue: (authority, nowMs) => issueLeaf(authority, ['localhost'], new Date(nowMs), parts.lives?.leafMs),
    clock: { wallMs: Date.now, steadyMs: () => performance.now() },
    logger: silent,
    onUntold: () => {},
    ...parts,
  })
