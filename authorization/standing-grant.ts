import { isRecord, isText, parseJson } from '../policy/json.ts'

/**
 * The IP whose grant the journal still vouches for, or null: then it is asked for anew. The sidecar's own rules for when
 * it revokes are repeated here, but a doubt counts against the grant: asking once more is safe, not asking is not.
 *
 * | line                                                       | then                                            |
 * |------------------------------------------------------------|-------------------------------------------------|
 * | `authorized IP`                                            | that IP, in a new life                          |
 * | `snapshot boot=BOOT STATE`                                 | what the state says, unless it was ending       |
 * | `deleting`                                                 | the next `terminating` is no restart            |
 * | `terminating alive`, not after `deleting`                  | as before: the sidecar alone is restarted       |
 * | any other `terminating`, `revoked`, `revoke-failed`        | null                                            |
 */
export function standingGrant(journal: string): string | null {
  return journal.split('\n').reduce(follow, { ip: null, deleting: false }).ip
}

interface Grant {
  readonly ip: string | null
  readonly deleting: boolean
}

function follow(grant: Grant, line: string): Grant {
  const [, word, argument] = line.split(' ')
  switch (word) {
    case 'authorized':
      return { ip: argument || null, deleting: false }
    case 'snapshot':
      return readSnapshot(parseJson(line.slice(line.indexOf('{'))))
    case 'deleting':
      return { ...grant, deleting: true }
    case 'terminating':
      return argument === 'alive' && !grant.deleting ? grant : { ...grant, ip: null }
    case 'revoked':
    case 'revoke-failed':
      return { ...grant, ip: null }
    default:
      return grant
  }
}

function readSnapshot(state: unknown): Grant {
  if (!isRecord(state)) return { ip: null, deleting: false }
  const { grantedIp, deleting, ending } = state
  return { ip: isText(grantedIp) && ending !== true ? grantedIp : null, deleting: deleting === true }
}
