import { isRecord, isText, parseJson } from '../../policy/json.ts'
import { type Answer, readAnswer } from '../answer.ts'
import { type AuthorizationService, ask } from '../client.ts'
import type { Reply } from '../exchange.ts'
import type { Entry } from '../ledger/entry.ts'

/** `answers`: one to each pod. Else what holds for all of them. */
export type BatchReply = { readonly kind: 'answers'; readonly answers: ReadonlyMap<string, Answer> } | Answer

/**
 * Asks for several pods of one application at once: `POST {endpoint}/v1/authorizations:batch`, answered with
 * `{results: [{uid, status, detail}]}`, each status as PUT would have it. A pod that the answer leaves out is unavailable.
 */
export async function requestBatch({
  service,
  entries,
  timeoutMs,
}: {
  readonly service: AuthorizationService
  readonly entries: readonly [Entry, ...Entry[]]
  readonly timeoutMs: number
}): Promise<BatchReply> {
  const url = URL.parse(`${service.endpoint}/v1/authorizations:batch`)
  if (!url) return { kind: 'unavailable', detail: 'the endpoint is no URL' }
  const [{ application, resources }] = entries
  const pods = entries.map(({ uid, namespace, pod, ip, ips }) => ({ uid, namespace, pod, ip, ips }))
  const body = JSON.stringify({ application, resources, pods })
  const reply = await ask({ method: 'POST', url, body }, { service, timeoutMs })
  if (reply.kind === 'silence' || reply.status !== 200 || reply.oversized) return forAll(reply)
  const statuses = readStatuses(reply)
  const answers = entries.map(({ uid }) => [uid, statuses.get(uid) ?? leftOut] as const)
  return { kind: 'answers', answers: new Map(answers) }
}

function forAll(reply: Parameters<typeof readAnswer>[0]): Answer {
  const answer = readAnswer(reply, Date.now())
  return answer.kind === 'granted' ? { kind: 'unavailable', detail: 'the batch was answered without results' } : answer
}

function readStatuses(reply: Reply): ReadonlyMap<string, Answer> {
  const value = parseJson(reply.body)
  const results = isRecord(value) && Array.isArray(value.results) ? value.results : []
  return new Map(
    results.flatMap((each) => {
      if (!isRecord(each) || !isText(each.uid) || typeof each.status !== 'number') return []
      const body = isText(each.detail) ? JSON.stringify({ detail: each.detail }) : ''
      return [[each.uid, readAnswer({ ...reply, status: each.status, body }, Date.now())] as const]
    }),
  )
}

const leftOut: Answer = { kind: 'unavailable', detail: 'the batch was answered without this pod' }
