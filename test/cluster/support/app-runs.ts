import { readdirSync, readFileSync } from 'node:fs'
import { clusterFolder } from './cluster-folder.ts'
import type { Pod } from './pod.ts'

/** One run of the app container, by its own words; milliseconds since the epoch. */
export interface AppRun {
  readonly startedAt: number
  /** When its preOnline was done with 0; null if it never was. */
  readonly warmedAt: number | null
  /** Whether a preOnline began while another one ran. */
  readonly hooksOverlap: boolean
}

/** The runs as the node has their logs, which outlive the processes but not the pod. */
export function readAppRuns({ metadata: { namespace, name, uid } }: Pod): AppRun[] {
  const folder = `${clusterFolder}/logs/pods/${namespace}_${name}_${uid}/app`
  return readdirSync(folder)
    .map((file) => parse(readFileSync(`${folder}/${file}`, 'utf8')))
    .filter((lines) => lines.length > 0)
    .map(toRun)
    .sort((a, b) => a.startedAt - b.startedAt)
}

interface Line {
  readonly at: number
  readonly text: string
}

function toRun(lines: readonly Line[]): AppRun {
  const at = (words: string) => lines.find(({ text }) => text.startsWith(words))?.at
  const hooks = lines.filter(({ text }) => text.startsWith('preOnline ')).map(({ text }) => text.split(' ')[1])
  return {
    startedAt: at('orders started') ?? Number.NaN,
    warmedAt: at('preOnline exits with 0') ?? null,
    hooksOverlap: hooks.some((word, index) => word === 'begins' && hooks[index + 1] === 'begins'),
  }
}

/** Lines `STAMP stdout F TEXT at MS`, the format of container logs (CRI). The stamp is the runtime's, and may be late. */
function parse(log: string): Line[] {
  return log
    .split('\n')
    .map((line) => line.match(/^\S+ \S+ F (.*) at (\d+)$/))
    .filter((match) => match !== null)
    .map(([, text = '', at]) => ({ at: Number(at), text }))
}
