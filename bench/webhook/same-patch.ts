import { isDeepStrictEqual } from 'node:util'
import jsonPatch from 'fast-json-patch'
import { send } from '../../test/webhook/support/send.ts'
import type { Peer } from './peer.ts'
import type { Sample } from './reviews.ts'

/**
 * The pod that a server makes of a sample. The token is another one each time, and pepr signs what it has done.
 *
 * @throws Error where the server has not patched it.
 */
async function mutated({ port, path }: Peer, ca: string, { pod, body }: Sample): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const { text } = await send({ port, path, ca, method: 'POST', headers }, body)
  const { response } = JSON.parse(text)
  if (typeof response?.patch !== 'string') throw new Error(`a server has not patched its pod: ${text}`)
  const operations = JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8'))
  const result = JSON.stringify(jsonPatch.applyPatch(structuredClone(pod), operations).newDocument)
  const [, token = ''] = /"GREENROOM_PROBE_TOKEN","value":"([\w-]{24})"/.exec(result) ?? []
  const { 'greenroom.pepr.dev/greenroom': _, ...annotations } = JSON.parse(result).metadata.annotations
  const plain = JSON.parse(result.replaceAll(token, 'token'))
  return { ...plain, metadata: { ...plain.metadata, annotations } }
}

/** @throws Error where a peer makes another pod of a sample than Greenroom does: to compare them would be a lie. */
export async function holdAgainst(
  greenroom: Peer,
  peers: readonly Peer[],
  { ca, samples }: { readonly ca: string; readonly samples: readonly Sample[] },
): Promise<void> {
  for (const sample of samples) {
    const ours = await mutated(greenroom, ca, sample)
    for (const peer of peers) {
      const theirs = await mutated(peer, ca, sample)
      if (isDeepStrictEqual(ours, theirs)) continue
      throw new Error(
        `${peer.path} makes another pod of ${sample.name}:\n${JSON.stringify(ours)}\n${JSON.stringify(theirs)}`,
      )
    }
  }
}
