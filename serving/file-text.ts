import { readFile } from 'node:fs/promises'
import { GreenroomError } from '../policy/greenroom-error.ts'

/** A file of a policy, or one that a policy names. Throws `PolicyMalformed`, which says where it is named and how to mend it. */
export async function readFileText(
  file: string,
  { at, fix }: { readonly at: string; readonly fix: string },
): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new GreenroomError('PolicyMalformed', { at, expected: 'a file that can be read', fix }, { cause })
  }
}

/** The text of a policy file that was given with `--policy`. */
export const readPolicyText = (file: string): Promise<string> =>
  readFileText(file, {
    at: `policy ${file}`,
    fix: 'Check the path given with --policy, and that the process may read it.',
  })
