import { z } from 'zod'
import { labelKey, labelValue } from '../formats/label.ts'
import { checked, oneOf, strict } from './fields.ts'

const few = { error: 'at most 64' }

const values = z.array(checked(labelValue), { error: 'a list of values' }).max(64, few)

const labels = z
  .record(z.string(), checked(labelValue), { error: 'labels by key' })
  .refine((entries) => Object.keys(entries).every((key) => labelKey.parse(key) !== undefined), {
    error: `each key ${labelKey.expected}`,
    params: { example: `${labelKey.example}: shop` },
  })

const requirement = strict({
  key: checked(labelKey),
  operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: values.prefault([]),
}).refine(({ operator, values }) => (operator === 'In' || operator === 'NotIn') === values.length > 0, {
  path: ['values'],
  error: 'values with In and NotIn, and none with the others',
})

/** `LabelSelector` of Kubernetes; left out, it selects everything. */
export const labelSelector = strict({
  matchLabels: labels.prefault({}),
  matchExpressions: z.array(requirement, { error: 'a list of requirements' }).max(64, few).prefault([]),
}).prefault({})
