import { type Response, toText } from '../response.ts'
import { placesOf } from './fingerprint.ts'

/** What differs between the answers to pods of one template. */
export interface Blanks {
  readonly uid: string
  /** Left out where nothing of the pod's has one. */
  readonly tokenVolume: string | undefined
  /** What was drawn for the pod; left out where nothing was. */
  readonly probeToken: string | undefined
}

export interface AnswerTemplate {
  /** Whether its blanks are without meaning if no token is drawn. */
  readonly needsToken: boolean
  readonly bytes: number
  fill(blanks: Blanks): string
}

/**
 * The text of an answer with blanks for what another pod of the template has in its place; undefined where more than the patch would have to
 * be another. All values of a blank have the same length.
 */
export function answerTemplate(
  response: Response,
  { tokenVolume, probeToken }: Omit<Blanks, 'uid'>,
): AnswerTemplate | undefined {
  const isPatched = response.patch !== undefined
  const text = toText(isPatched ? { ...response, patch: '' } : response)
  if (tokenVolume !== undefined && text.includes(tokenVolume)) return undefined
  const at = text.indexOf(`"${response.uid}"`) + 1
  const before = text.slice(0, at)
  const after = text.slice(at + response.uid.length, isPatched ? -end.length : undefined)
  const patch = Buffer.from(response.patch ?? '', 'base64')
  const tokens = probeToken === undefined ? [] : placesOf(patch, probeToken)
  const volumes = tokenVolume === undefined ? [] : placesOf(patch, tokenVolume)
  return {
    needsToken: tokens.length > 0,
    bytes: text.length + patch.length,
    fill(blanks) {
      if (!isPatched) return before + blanks.uid + after
      for (const place of tokens) patch.write(blanks.probeToken ?? '', place, 'latin1')
      for (const place of volumes) patch.write(blanks.tokenVolume ?? '', place, 'latin1')
      return before + blanks.uid + after + patch.toString('base64') + end
    },
  }
}

const end = '"}}'
