import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parse, stringify } from 'yaml'
import { type LxcfsSurroundings, noCluster } from '../../../policy/lxcfs/surroundings.ts'

/** A folder of `test/golden`, named for what is special in it. */
export interface GoldenCase {
  readonly name: string
  readonly pod: string
  readonly policy: string | undefined
  /** What is around the pod: the level of its namespace, nodes with lxcfs. */
  readonly surroundings: string | undefined
  readonly expectation: Expectation
}

/** What ought to come out: the whole pod, for people review pods and not patches, or the sentence of a denial. */
interface Expectation {
  readonly folder: string
  readonly file: 'expected.yaml' | 'denied.txt' | undefined
}

const root = join(import.meta.dirname, '../../golden')

const isWriting = process.env.GREENROOM_GOLDEN === 'write'
if (isWriting && process.env.CI !== undefined) throw new Error('GREENROOM_GOLDEN=write is for people, not for CI.')

/** Every case. Throws for half a case, and for a file that no case uses. */
export function goldenCases(): readonly GoldenCase[] {
  return readdirSync(root).sort().map(readCase)
}

function readCase(name: string): GoldenCase {
  const folder = join(root, name)
  const files = readdirSync(folder)
  const known = ['pod.yaml', 'policy.yaml', 'surroundings.yaml', 'expected.yaml', 'denied.txt']
  const leftovers = files.filter((file) => !known.includes(file))
  if (leftovers.length > 0) throw new Error(`${folder}: no case uses ${leftovers.join(', ')}. Remove it.`)
  const [file, ...others] = (['expected.yaml', 'denied.txt'] as const).filter((candidate) => files.includes(candidate))
  const isWhole = files.includes('pod.yaml') && others.length === 0 && (file !== undefined || isWriting)
  if (!isWhole)
    throw new Error(
      `${folder}: a case is pod.yaml, maybe policy.yaml and surroundings.yaml, and expected.yaml or denied.txt.`,
    )
  const textOf = (file: string) => (files.includes(file) ? readFileSync(join(folder, file), 'utf8') : undefined)
  return {
    name,
    pod: readFileSync(join(folder, 'pod.yaml'), 'utf8'),
    policy: textOf('policy.yaml'),
    surroundings: textOf('surroundings.yaml'),
    expectation: { folder, file },
  }
}

/** Compares what came out with the golden, or makes it the golden under `GREENROOM_GOLDEN=write`. */
export function holdAgainst(
  t: Test,
  { folder, file }: Expectation,
  outcome: 'expected.yaml' | 'denied.txt',
  text: string,
) {
  if (!isWriting) {
    t.equal(outcome, file)
    t.equal(text, readFileSync(join(folder, outcome), 'utf8'))
    return
  }
  if (file !== undefined) rmSync(join(folder, file))
  writeFileSync(join(folder, outcome), text)
  t.pass(`wrote ${outcome}`)
}

/** A pod as people write it. */
export interface GoldenPod {
  readonly metadata: { readonly namespace?: string }
}

export const podFrom = (text: string): GoldenPod => parse(text, { version: '1.1' })

/** What the case does not say is as where there is no cluster. */
export const surroundingsFrom = (text = ''): LxcfsSurroundings => ({ ...noCluster, ...parse(text) })

/** The pod as kubectl would take it, below the warnings that kubectl would print. */
export function toYaml(pod: object, warnings: readonly string[]): string {
  const yaml = stringify(pod, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })
  return `${warnings.map((warning) => `# Warning: ${warning}\n`).join('')}${yaml}`
}
