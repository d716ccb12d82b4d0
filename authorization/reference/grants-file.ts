import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isRecord, parseJson } from '../../policy/json.ts'
import { type Grant, parseGrant } from './grant.ts'

/** The grants by pod UID. A change that cannot be written throws, and is then not made. */
export interface Grants {
  readonly all: () => ReadonlyMap<string, Grant>
  /** All of them or, where that cannot be, none. */
  readonly put: (granted: ReadonlyMap<string, Grant>) => void
  /** Whether there was one. */
  readonly delete: (uid: string) => boolean
}

/** More pods than any trial has; each change writes them all. */
const mostGrants = 10_000

/**
 * Grants that are in the file before a call returns. Reads and writes are synchronous on purpose: calls that arrive
 * together can then not overwrite each other's file, without a queue. Throws where the file is there but not ours.
 */
export function openGrants(path: string): Grants {
  let grants: ReadonlyMap<string, Grant> = existsSync(path) ? parseGrants(readFileSync(path, 'utf8'), path) : new Map()
  const keep = (changed: ReadonlyMap<string, Grant>) => {
    // By rename, so that people and tests that read it never see half of it.
    writeFileSync(`${path}.draft`, `${JSON.stringify(Object.fromEntries(changed), null, 2)}\n`)
    renameSync(`${path}.draft`, path)
    grants = changed
  }
  keep(grants)
  return {
    all: () => grants,
    put: (granted) => {
      const changed = new Map([...grants, ...granted])
      if (changed.size > mostGrants)
        throw new Error(
          `${path} can hold ${mostGrants} grants and no more. Take some back, or start with another file.`,
        )
      keep(changed)
    },
    delete: (uid) => {
      const changed = new Map(grants)
      const had = changed.delete(uid)
      if (had) keep(changed)
      return had
    },
  }
}

function parseGrants(text: string, path: string): Map<string, Grant> {
  const value = parseJson(text)
  if (!isRecord(value))
    throw new Error(`${path} is no JSON object of grants by pod UID. Correct it, or remove it to start without.`)
  return new Map(
    Object.entries(value).map(([uid, entry]) => {
      const grant = parseGrant(entry)
      if (!grant) throw new Error(`${path}: the grant of ${uid} is incomplete. Correct it, or remove its entry.`)
      return [uid, grant]
    }),
  )
}
