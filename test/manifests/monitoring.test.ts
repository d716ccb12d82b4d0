import { readFileSync } from 'node:fs'
import type { V1MutatingWebhook } from '@kubernetes/client-node'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { reasons } from '../../policy/reasons.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { policyWebhooks } from '../../webhook/policies/registration.ts'
import { readExpression } from './expression.ts'
import { metrics, type Series, statesOf } from './series.ts'

const dashboardFile = 'manifests/monitoring/greenroom-gate.dashboard.json'
const guideFile = 'docs/monitoring.md'

const alertSchema = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
})
const rulesSchema = z.object({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('PrometheusRule'),
  spec: z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(alertSchema) })) }),
})

const registrationsSchema = z.array(z.object({ webhooks: z.array(z.object({ name: z.string() })) }))

const panelSchema = z.object({
  title: z.string().min(1),
  description: z.string(),
  fieldConfig: z.object({
    defaults: z.object({
      unit: z.string().min(1),
      thresholds: z.object({ steps: z.array(z.object({ value: z.number().nullable() })).min(1) }),
    }),
  }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).min(1),
})
const rowSchema = z.object({ type: z.literal('row'), title: z.string().min(1) })
const dashboardSchema = z.object({
  uid: z.literal('greenroom-gate'),
  schemaVersion: z.number().min(39),
  templating: z.object({ list: z.array(z.object({ name: z.string(), definition: z.string().optional() })) }),
  panels: z.array(z.union([rowSchema, panelSchema])),
})

const alerts = rulesSchema
  .parse(parse(readFileSync('manifests/monitoring/rules.yaml', 'utf8')))
  .spec.groups.flatMap(({ rules }) => rules)
const dashboard = dashboardSchema.parse(JSON.parse(readFileSync(dashboardFile, 'utf8')))
const panels = dashboard.panels.flatMap((panel) => ('targets' in panel ? panel : []))
const guide = readFileSync(guideFile, 'utf8')

/** Kubernetes' own: what the webhook was never asked, it cannot count. k8s.io/apiserver, pkg/admission/metrics. */
const foreignSeries: readonly Series[] = [
  {
    name: 'apiserver_admission_webhook_rejection_count',
    labels: ['name', 'type', 'operation', 'error_type', 'rejection_code'],
  },
  { name: 'apiserver_admission_webhook_fail_open_count', labels: ['name', 'type'] },
]
/** What Prometheus adds to every series of a pod. */
const targetLabels = ['namespace', 'pod']
const series = [...metrics.flatMap((metric) => metric.series), ...foreignSeries]

/** Sentences about what an expression names and nobody has. */
function findFaults(text: string): string[] {
  const { hasBalancedBrackets, selectors, groupings } = readExpression(text)
  const labelsOf = (name: string) => series.find((each) => each.name === name)?.labels ?? []
  const all = [...targetLabels, ...selectors.flatMap(({ series: name }) => labelsOf(name))]
  return [
    ...(hasBalancedBrackets ? [] : ['brackets do not match']),
    ...(selectors.length > 0 ? [] : ['it names no series']),
    ...selectors.filter((each) => !series.some(({ name }) => name === each.series)).map((each) => `no ${each.series}`),
    ...selectors.flatMap(({ series: name, labels }) =>
      labels
        .filter((label) => ![...targetLabels, ...labelsOf(name)].includes(label))
        .map((label) => `${name} has no ${label}`),
    ),
    ...groupings.filter((label) => !all.includes(label)).map((label) => `nothing has ${label}`),
  ].map((fault) => `${fault}: ${text}`)
}

const variables = dashboard.templating.list.flatMap(({ definition }) => definition ?? [])
const drawn = [...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)), ...variables]

t.test('what alerts and dashboard ask for is there, with the labels that they ask by', async (t) => {
  t.same([...alerts.map(({ expr }) => expr), ...drawn].flatMap(findFaults), [])
})

t.test('an expression with a fault is told from one without', async (t) => {
  const [first] = metrics
  const sound = `sum by (decision) (rate(${first?.name}{reason="a)", namespace=~"$namespace"}[$__rate_interval])) > 0`
  t.same(findFaults(sound), [])
  for (const [from, to] of [
    [`${first?.name}`, 'greenroom_gone_total'],
    ['reason=', 'resaon='],
    ['by (decision)', 'by (outcome)'],
    ['))', ')))'],
    ['rate(', 'rat('],
  ] as const)
    t.ok(findFaults(sound.replace(from, to)).length > 0, to)
})

/** Patterns by which an alert picks a label's values, as Prometheus reads them: of the whole value. */
function patternsOf(alert: string, label: string): readonly RegExp[] {
  const { expr } = alerts.find((each) => each.alert === alert) ?? { expr: '' }
  return [...expr.matchAll(new RegExp(`\\b${label}=~"([^"]*)"`, 'g'))].map(([, text]) => new RegExp(`^(?:${text})$`))
}

t.test('an alert on webhooks that fail sees every one that pods are sent to', async (t) => {
  const text = readFileSync('manifests/base/webhook.yaml', 'utf8')
  const asking = registrationsSchema.parse(parseAllDocuments(text).map((each) => each.toJS()))
  const policies = [{ name: 'shops', policy: { ...defaultPolicy, inject: 'always' } }] as const
  const template: V1MutatingWebhook = { name: '', admissionReviewVersions: [], clientConfig: {}, sideEffects: 'None' }
  const webhooks = [
    ...asking.flatMap((each) => each.webhooks),
    ...policyWebhooks(policies, template, 'greenroom-system'),
  ]
  const names = webhooks.map(({ name }) => name)
  t.equal(names.length, 2)
  const patterns = patternsOf('GreenroomWebhookReviewsFailing', 'name')
  t.equal(patterns.length, foreignSeries.length)
  for (const pattern of patterns) {
    t.same(
      names.filter((name) => !pattern.test(name)),
      [],
    )
    t.notMatch('workload.greenroom.dev', pattern, 'of which nothing depends')
  }
})

t.test('an alert on pods that are skipped has every reason that stands in the way, and no other', async (t) => {
  const inTheWay = Object.entries(reasons).flatMap(([code, { outcome }]) => (outcome === 'refuse' ? code : []))
  const patterns = patternsOf('GreenroomPodsSkipped', 'reason')
  t.ok(patterns.length > 0)
  for (const pattern of patterns)
    t.same(
      Object.keys(reasons).filter((code) => pattern.test(code)),
      inTheWay,
    )
})

t.test('every metric of the code is on the dashboard', async (t) => {
  const shown = drawn.flatMap((expr) => readExpression(expr).selectors.map((each) => each.series))
  t.same(
    metrics.filter((metric) => !metric.series.some(({ name }) => shown.includes(name))).map(({ name }) => name),
    [],
  )
})

t.test('the labels that are shown are those that are asked by', async (t) => {
  const legends = panels.flatMap(({ targets }) => targets.map(({ expr, legendFormat: text }) => ({ expr, text })))
  const sentences = alerts.map(({ expr, annotations }) => ({ expr, text: Object.values(annotations).join(' ') }))
  const lost = [...legends, ...sentences].flatMap(({ expr, text }) =>
    [...text.matchAll(/\{\{ *(?:\$labels\.)?([a-z]\w*) *\}\}/g)]
      .filter(([, label = '']) => !readExpression(expr).groupings.includes(label))
      .map(([found]) => `${found} of ${expr}`),
  )
  t.same(lost, [])
})

t.test('every panel says in one sentence what to do', async (t) => {
  for (const { title, description, fieldConfig } of panels) {
    t.match(description, /^[A-Z](?:[^.]|\.(?! ))+\.$/, title)
    t.equal(fieldConfig.defaults.thresholds.steps[0]?.value, null, `${title}: the first threshold is the base`)
  }
  t.same(
    dashboard.templating.list.map(({ name }) => name),
    ['datasource', 'namespace'],
  )
})

/** Cells of the guide's table whose first title is `title`, without backticks. */
function rows(title: string): readonly string[][] {
  const table = guide
    .split(/\n(?!\|)/)
    .map((text) => text.split('\n').filter((line) => line.startsWith('|')))
    .find(([head]) => head?.startsWith(`| ${title} |`))
  return (table ?? []).slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

t.test('the guide has every metric of the code, and no other', async (t) => {
  t.strictSame(
    rows('name'),
    metrics.map(({ name, labels, help }) => [name, labels.join(', '), help]),
  )
})

t.test('the guide has every state', async (t) => {
  for (const [label, name] of [
    ['state of an authorization', 'greenroom_gate_authorizations'],
    ['state of the breaker', 'greenroom_gate_breaker_state'],
  ] as const) {
    const [, values] = rows('label').find(([cell]) => cell === label) ?? []
    t.equal(values, (await statesOf(name)).join(', '), label)
  }
})

t.test('every alert leads to its section of the guide, and every section is of an alert', async (t) => {
  const sections = [...guide.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading)
  t.strictSame(
    sections,
    alerts.map(({ alert }) => alert),
  )
  for (const { alert, annotations } of alerts)
    t.ok(annotations.runbook_url.endsWith(`/${guideFile}#${alert.toLowerCase()}`), annotations.runbook_url)
})
