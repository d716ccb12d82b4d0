import { readFile } from 'node:fs/promises'
import { GreenroomError } from '../policy/greenroom-error.ts'
import { defaultPolicy, type InjectionPolicy } from '../policy/schema/injection-policy.ts'
import { parsePolicy } from '../policy/schema/parse-policy.ts'

/** The policy in a file, or the defaults where there is no file. Throws `PolicyMalformed`. */
export async function readPolicyFile(file: string | undefined): Promise<InjectionPolicy> {
  return file === undefined ? defaultPolicy : parsePolicy(await readText(file), file)
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const fix = 'Check the path given with --policy, and that the process may read it.'
    throw new GreenroomError(
      'PolicyMalformed',
      { at: `policy ${file}`, expected: 'a file that can be read', fix },
      { cause },
    )
  }
}
