import { parse } from 'yaml'
import type { z } from 'zod'
import { type Finding, GreenroomError } from '../greenroom-error.ts'
import { nearest } from '../nearest.ts'
import { type InjectionPolicy, injectionPolicySchema } from './injection-policy.ts'

type Issue = z.core.$ZodIssue

/** An InjectionPolicy from YAML. `name` says in errors where the text came from. Throws `PolicyMalformed`. */
export function parsePolicy(text: string, name: string): InjectionPolicy {
  const document = parseYaml(text, name)
  const { success, data, error } = injectionPolicySchema.safeParse(document)
  if (success) return data.spec
  throw errorOf(error.issues, document, name)
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

function errorOf([first, ...others]: readonly Issue[], document: unknown, name: string): GreenroomError {
  if (!first) throw new TypeError('zod failed without an issue')
  const place = first.path.join('.') || 'its top'
  const { fix, ...finding } =
    first.code === 'unrecognized_keys'
      ? { at: `policy ${name}: a key at ${place}`, ...unknownKey(first) }
      : { at: `policy ${name} at ${place}`, ...badValue(first, document) }
  return new GreenroomError('PolicyMalformed', { ...finding, fix: `${fix}${countOf(others.length)}` })
}

function countOf(others: number): string {
  if (others === 0) return ''
  return others === 1 ? ' 1 more mistake follows.' : ` ${others} more mistakes follow.`
}

function unknownKey({ keys: [found = ''], message }: z.core.$ZodIssueUnrecognizedKeys): Omit<Finding, 'at'> {
  const suggestion = nearest(found, message.split(', '))
  return { found, expected: 'a known key', fix: suggestion ? `Did you mean ${suggestion}?` : `Known are ${message}.` }
}

function badValue(issue: Issue, document: unknown): Omit<Finding, 'at'> {
  const found = textAt(document, issue.path)
  return { ...(found !== undefined && { found }), expected: issue.message, fix: fixFor(issue, document, found) }
}

function fixFor(issue: Issue, document: unknown, found: string | undefined): string {
  if (found === undefined) return 'Write it.'
  if (found === 'true' || found === 'false')
    return 'Put the word in quotes: YAML 1.1 reads On and Off as true and false.'
  const example = issue.code === 'custom' ? issue.params?.example : undefined
  const mend = example === undefined ? 'Mend it' : `Write it like ${example}`
  return hasDefault(issue, document) ? `${mend}, or remove it to take the default.` : `${mend}.`
}

/** Whether the policy would be right at this place if nothing stood there. An item of a list has no default. */
function hasDefault({ path }: Issue, document: unknown): boolean {
  if (typeof path.at(-1) === 'number') return false
  const { error } = injectionPolicySchema.safeParse(without(document, path))
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
