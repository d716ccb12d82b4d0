/**
 * JSON Schema, as zod says it, to the structural schema that a custom resource has to have.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */

export interface JsonSchema {
  readonly type?: string
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
  readonly oneOf?: readonly JsonSchema[]
  readonly required?: readonly string[]
  readonly [keyword: string]: unknown
}

/** A rule in CEL beside what types say. https://kubernetes.io/docs/reference/using-api/cel/ */
export interface Rule {
  readonly rule: string
  readonly message: string
}

/** What a JSON Schema cannot say, by path: `drain.min`, `announcers[].name`; the root is empty. */
export interface Additions {
  readonly describe: (path: string) => string | undefined
  readonly rules: Readonly<Record<string, readonly Rule[]>>
  /** Lists whose items are told apart by a field. */
  readonly listKeys: Readonly<Record<string, string>>
}

/** Bounds of numbers that no schema of Kubernetes needs. */
const unbounded = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]

/** Keywords that mean the same in both. What is not here is left to Greenroom itself, which reads every policy. */
const kept = ['type', 'enum', 'pattern', 'minimum', 'maximum', 'minItems', 'maxItems', 'minLength', 'maxLength']

/** Defaults stay away: they are Greenroom's, and an object says only what its author has said. */
export function toStructural(schema: JsonSchema, path: string, additions: Additions): object {
  const merged = schema.oneOf ? mergeVariants(schema.oneOf) : { schema, rules: [] }
  const { properties, items, additionalProperties, required = [] } = merged.schema
  const child = (name: string) => (path === '' ? name : `${path}.${name}`)
  const keywords = Object.entries(merged.schema).filter(
    ([keyword, value]) => kept.includes(keyword) && !unbounded.includes(Number(value)),
  )
  const rules = [...merged.rules, ...(additions.rules[path] ?? [])]
  const description = additions.describe(path)
  const listKey = additions.listKeys[path]
  return {
    ...(description !== undefined && { description }),
    ...Object.fromEntries(keywords),
    ...(required.length > 0 && { required: [...required] }),
    ...(listKey !== undefined && { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [listKey] }),
    ...(rules.length > 0 && { 'x-kubernetes-validations': rules }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, toStructural(value, child(name), additions)]),
      ),
    }),
    ...(!properties &&
      typeof additionalProperties === 'object' && {
        additionalProperties: toStructural(additionalProperties, `${path}{}`, additions),
      }),
    ...(items && { items: toStructural(items, `${path}[]`, additions) }),
  }
}

/** Variants that a `type` tells apart: all fields in one object, and for each type a rule for which of them it has. */
function mergeVariants(variants: readonly JsonSchema[]): {
  readonly schema: JsonSchema
  readonly rules: readonly Rule[]
} {
  const properties = Object.assign({}, ...variants.map((variant) => variant.properties))
  const types = variants.map(typeOf)
  const always = Object.keys(properties).filter((name) => variants.every(({ required }) => required?.includes(name)))
  const schema = {
    type: 'object',
    required: always,
    properties: { ...properties, type: { type: 'string', enum: types } },
  }
  return { schema, rules: variants.map((variant) => ruleOf(variant, Object.keys(properties), always)) }
}

function ruleOf(variant: JsonSchema, all: readonly string[], always: readonly string[]): Rule {
  const needed = (variant.required ?? []).filter((name) => !always.includes(name))
  const foreign = all.filter((name) => !(name in (variant.properties ?? {})))
  const conditions = [...needed.map((name) => `has(self.${name})`), ...foreign.map((name) => `!has(self.${name})`)]
  const known = Object.keys(variant.properties ?? {}).filter((name) => name !== 'type')
  return {
    rule: `self.type != '${typeOf(variant)}' || (${conditions.join(' && ') || 'true'})`,
    message: `type ${typeOf(variant)} has ${known.join(', ')}${needed.length > 0 ? `, and needs ${needed.join(', ')}` : ''}`,
  }
}

const typeOf = ({ properties }: JsonSchema): string => String(properties?.type?.const)
