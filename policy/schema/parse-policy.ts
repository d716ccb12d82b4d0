import { parse } from 'yaml'
import type { z } from 'zod'
import { type Finding, GreenroomError } from '../greenroom-error.ts'
import { policyEntrySuffix } from '../names.ts'
import { nearest } from '../nearest.ts'
import { type InjectionPolicy, injectionPolicySchema } from './injection-policy.ts'

type Issue = z.core.$ZodIssue

/** An InjectionPolicy from YAML. `name` says in errors where the text came from. Throws `PolicyMalformed`. */
export const parsePolicy = (text: string, name: string): InjectionPolicy =>
  parseDocument(injectionPolicySchema, text, name).spec

/**
 * An InjectionPolicy as the API server has it, whose definition may be of a newer release than ours: keys that we do not know are passed over,
 * and so are words where one of a few is expected; `onUnknown` is told where they are. Throws `PolicyMalformed`.
 */
export function parsePolicyObject(
  { apiVersion, kind, metadata, spec }: PolicyObject,
  name: string,
  onUnknown: (places: readonly string[]) => void = () => {},
): InjectionPolicy {
  if (name.length > longestName) throw nameTooLong(name)
  const document = { apiVersion, kind, metadata, spec }
  const { data, error } = injectionPolicySchema.safeParse(document)
  if (data) return data.spec
  const unknown = unknownIn(error.issues)
  if (unknown.length > 0) onUnknown(unknown.map((path) => path.join('.')))
  return checkDocument(injectionPolicySchema, unknown.reduce(without, document), name).spec
}

/** The webhook that it becomes is called so: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const longestName = 253 - policyEntrySuffix.length

function nameTooLong(name: string): GreenroomError {
  const found = `${name.length} characters`
  return new GreenroomError('PolicyMalformed', {
    at: `name of policy ${name}`,
    found,
    expected: `at most ${longestName}`,
    fix: 'Give it a shorter one.',
  })
}

/** Paths of the keys and words that are not of the schema. */
const unknownIn = (issues: readonly Issue[]): readonly PropertyKey[][] =>
  issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...issue.path, key])
    return issue.code === 'invalid_value' && issue.path[0] === 'spec' ? [issue.path] : []
  })

/** All that is read of one; its status is for people. */
export type PolicyObject = Readonly<Partial<Record<'apiVersion' | 'kind' | 'metadata' | 'spec', unknown>>>

/** A document of the schema from YAML, as {@link parsePolicy} says. */
export const parseDocument = <T>(schema: z.ZodType<T>, text: string, name: string): T =>
  checkDocument(schema, parseYaml(text, name), name)

function checkDocument<T>(schema: z.ZodType<T>, document: unknown, name: string): T {
  const { success, data, error } = schema.safeParse(document)
  if (success) return data
  throw errorOf(error.issues, { document, name, schema })
}

/** What was read, where from, and what it should have been. */
interface Reading {
  readonly document: unknown
  readonly name: string
  readonly schema: z.ZodType
}

/** YAML 1.1, as kubectl reads it: the same file has to mean the same where it is applied as an object. */
function parseYaml(text: string, name: string): unknown {
  try {
    return parse(text, { version: '1.1' })
  } catch (cause) {
    const found = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    const finding = { at: `policy ${name}`, found, expected: 'YAML', fix: 'Mend the place that the message names.' }
    throw new GreenroomError('PolicyMalformed', finding, { cause })
  }
}

function errorOf([first, ...others]: readonly Issue[], reading: Reading): GreenroomError {
  const { name } = reading
  if (!first) throw new TypeError('zod failed without an issue')
  const place = first.path.join('.') || 'its top'
  const { fix, ...finding } =
    first.code === 'unrecognized_keys'
      ? { at: `policy ${name}: a key at ${place}`, ...unknownKey(first) }
      : { at: `policy ${name} at ${place}`, ...badValue(first, reading) }
  return new GreenroomError('PolicyMalformed', { ...finding, fix: `${fix}${countOf(others.length)}` })
}

function countOf(others: number): string {
  if (others === 0) return ''
  return others === 1
    ? ' 1 more mistake is shown when this one is mended.'
    : ` ${others} more mistakes are shown when this one is mended.`
}

function unknownKey({ keys: [found = ''], message }: z.core.$ZodIssueUnrecognizedKeys): Omit<Finding, 'at'> {
  const suggestion = nearest(found, message.split(', '))
  return { found, expected: 'a known key', fix: suggestion ? `Did you mean ${suggestion}?` : `Known are ${message}.` }
}

function badValue(issue: Issue, reading: Reading): Omit<Finding, 'at'> {
  const found = textAt(reading.document, issue.path)
  return { ...(found !== undefined && { found }), expected: issue.message, fix: fixFor(issue, reading, found) }
}

function fixFor(issue: Issue, reading: Reading, found: string | undefined): string {
  if (found === undefined) return 'Write it.'
  if (found === 'true' || found === 'false')
    return 'Put the word in quotes: YAML 1.1 reads On and Off as true and false.'
  const example = issue.code === 'custom' ? issue.params?.example : undefined
  const mend = example === undefined ? 'Mend it' : `Write it like ${example}`
  return hasDefault(issue, reading) ? `${mend}, or remove it to take the default.` : `${mend}.`
}

/** Whether the policy would be right at this place if nothing stood there. An item of a list has no default. */
function hasDefault({ path }: Issue, { document, schema }: Reading): boolean {
  if (typeof path.at(-1) === 'number') return false
  const { error } = schema.safeParse(without(document, path))
  return !error?.issues.some((issue) => issue.path.join('.') === path.join('.'))
}

function without(value: unknown, [first, ...rest]: readonly PropertyKey[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => (index === first ? without(item, rest) : item))
  const entries = [...entriesOf(value)]
  if (first === undefined || entries.length === 0) return value
  if (rest.length === 0) return Object.fromEntries(entries.filter(([key]) => key !== String(first)))
  return Object.fromEntries(entries.map(([key, child]) => [key, key === String(first) ? without(child, rest) : child]))
}

function textAt(document: unknown, path: readonly PropertyKey[]): string | undefined {
  const value = path.reduce<unknown>((parent, key) => entriesOf(parent).get(String(key)), document)
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value)
}

const entriesOf = (value: unknown) =>
  new Map<string, unknown>(typeof value === 'object' && value ? Object.entries(value) : [])
