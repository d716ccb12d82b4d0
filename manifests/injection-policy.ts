import { z } from 'zod'
import { reservedPorts } from '../policy/ports.ts'
import { injectionPolicySchema } from '../policy/schema/injection-policy.ts'
import { type Additions, type JsonSchema, toStructural } from './structural-schema.ts'

const either = (a: string, b: string) => ({
  rule: `!(has(self.${a}) && has(self.${b}))`,
  message: `${a} or ${b}, not both`,
})

const requirement = {
  rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
  message: 'values with In and NotIn, and none with the others',
}

const outsideReserved = reservedPorts.map(({ from, to, owner }) => ({
  rule: `self < ${from} || self > ${to}`,
  message: `a port not reserved for ${owner}`,
}))

/** What the API server refuses at once, beside what types say. Whatever it lets through is read by Greenroom once more. */
const rules: Additions['rules'] = {
  '': [
    {
      rule: '!has(self.announce) || self.announce.all(name, has(self.announcers) && self.announcers.exists(each, each.name == name))',
      message: 'announce has to name announcers of the policy',
    },
    {
      rule: "!has(self.failurePolicy) || self.failurePolicy == 'Ignore' || (has(self.inject) && self.inject == 'always')",
      message: 'failurePolicy Fail is for inject: always; a pod that asks is never created without Greenroom',
    },
  ],
  authorization: [either('endpoint', 'requests'), either('ca', 'caFile')],
  'authorization.token': [
    {
      rule: 'has(self.audience) ? !has(self.secretName) && !has(self.key) : has(self.secretName) && has(self.key)',
      message: 'either audience, or secretName and key',
    },
  ],
  'namespaceSelector.matchExpressions[]': [requirement],
  'podSelector.matchExpressions[]': [requirement],
  'ports[]': outsideReserved,
}

const listKeys = { announcers: 'name' }

const columns = [
  { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
  { name: 'Inject', type: 'string', jsonPath: '.spec.inject' },
  { name: 'Priority', type: 'integer', jsonPath: '.spec.priority' },
  { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
  { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.status=="False")].message', priority: 1 },
  { name: 'Pods', type: 'integer', jsonPath: '.status.pods.injected' },
  { name: 'Missed', type: 'integer', jsonPath: '.status.pods.missed' },
  { name: 'Problem', type: 'string', jsonPath: '.status.lastProblem.reason' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
]

const text = { type: 'string' }
const count = { type: 'integer', format: 'int32' }
const time = { type: 'string', format: 'date-time' }

const status = {
  description: 'Written by Greenroom.',
  type: 'object',
  properties: {
    version: { ...text, description: 'Release that judged the policy.' },
    accepted: {
      description: 'The spec that was accepted last. It holds while a later one cannot be read.',
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
    },
    conditions: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
        properties: {
          type: text,
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          reason: text,
          message: text,
          observedGeneration: { type: 'integer', format: 'int64' },
          lastTransitionTime: time,
        },
      },
    },
    pods: {
      type: 'object',
      properties: {
        injected: { ...count, description: 'Pods with Greenroom that were decided by this policy.' },
        missed: {
          ...count,
          description: 'Pods that it was to inject, but that were created while no webhook answered.',
        },
      },
    },
    missedPods: {
      description: 'The first of the pods that are missed, by namespace and name: namespace/name.',
      type: 'array',
      items: text,
    },
    lastProblem: {
      description: 'Of the pods of this policy, the newest that is not as it asked for.',
      type: 'object',
      properties: {
        time: { ...time, description: 'When the pod was created.' },
        namespace: text,
        pod: text,
        reason: text,
        message: text,
      },
    },
    selection: {
      description:
        'Since when the policy has held for the pods that it holds for now. Pods from before are not missed.',
      type: 'object',
      properties: { digest: text, since: time },
    },
  },
}

/** The CustomResourceDefinition, from the schema that reads policies. `describe`: what a field is, for `kubectl explain`. */
export function injectionPolicyResource(describe: Additions['describe']): object {
  const json: JsonSchema = JSON.parse(
    JSON.stringify(z.toJSONSchema(injectionPolicySchema, { io: 'input', unrepresentable: 'any' })),
  )
  const spec = toStructural(json.properties?.spec ?? {}, '', { describe, rules, listKeys })
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'injectionpolicies.greenroom.dev' },
    spec: {
      group: 'greenroom.dev',
      scope: 'Cluster',
      names: {
        kind: 'InjectionPolicy',
        listKind: 'InjectionPolicyList',
        plural: 'injectionpolicies',
        singular: 'injectionpolicy',
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              description: 'What an administrator decides for pods.',
              type: 'object',
              properties: {
                apiVersion: text,
                kind: text,
                metadata: { type: 'object' },
                spec,
                status,
              },
            },
          },
        },
      ],
    },
  }
}
