import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import jsonPatch from 'fast-json-patch'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { z } from 'zod'
import { readAnswer, readRevocation } from '../authorization/answer.ts'
import { describeEnding, exitCodes, failedExitCode, misconfiguredExitCode } from '../authorization/ending.ts'
import { usage as gateUsage } from '../authorization/gate/options.ts'
import { modes } from '../authorization/reference/behaviour.ts'
import { parseFlags } from '../authorization/reference/flags.ts'
import { usage as controlPlaneUsage } from '../control-plane/options.ts'
import { annotations, withoutKey } from '../policy/annotations.ts'
import * as names from '../policy/names.ts'
import { reservedPorts } from '../policy/ports.ts'
import { reasons } from '../policy/reasons.ts'
import { defaultPolicy, type InjectionPolicy, injectionPolicySchema } from '../policy/schema/injection-policy.ts'
import { parsePolicy } from '../policy/schema/parse-policy.ts'
import { podSchema } from '../policy/schema/pod.ts'
import { version } from '../policy/version.ts'
import { parseLine } from '../sidecar/journal-line.ts'
import { fold } from '../sidecar/snapshot.ts'
import type { Life } from '../sidecar/state.ts'
import { describe } from '../sidecar/status.ts'
import { admit } from '../webhook/admit.ts'
import { createMetrics } from '../webhook/metrics.ts'
import { usage } from '../webhook/options.ts'

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
const read = (file: string) => readFileSync(file, 'utf8')
const pages = files.filter((file) => /^docs\/[^/]+\.md$/.test(file))
const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.replace(/\/.*/, '')))

interface Fence {
  readonly page: string
  readonly language: string
  readonly text: string
  /** What the page shows between this example and the next pod or policy: an answer, or nothing. */
  answer: Fence | undefined
}

const fences: readonly Fence[] = pages.flatMap((page) => {
  const found = [...read(page).matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ([, language = '', text = '']): Fence => ({ page, language, text, answer: undefined }),
  )
  for (const [index, fence] of found.entries()) {
    fence.answer = found.slice(index + 1, index + 3).find(({ language }) => ['text', 'json', 'yaml'].includes(language))
    if (fence.answer?.language === 'yaml') fence.answer = undefined
  }
  return found
})

/** Text of a page without its examples. */
const prose = (page: string) => read(page).replace(/^ *```.*?^ *```$/gms, '')
const inlineCode = (page: string) => [...prose(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)

/** Cells of the table in a page's section whose first title is `title`, without backticks. */
function rows(page: string, heading: string, title: string): string[][] {
  const section =
    read(page)
      .split(/^#+ /m)
      .find((text) => text.startsWith(`${heading}\n`)) ?? ''
  const tables = section.split(/\n(?!\|)/).map((text) => text.split('\n').filter((line) => line.startsWith('|')))
  const table = tables.find(([head]) => head?.startsWith(`| ${title} |`)) ?? []
  return table.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

/** A value as it is on the wire. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value))
const sorted = (lines: readonly string[]) => [...lines].sort()
const reference = (heading: string, title: string) => rows('docs/reference.md', heading, title)

t.test('the table of annotations is the one in the code', async (t) => {
  const support = { built: 'built', later: 'known, not yet effective' } as const
  t.strictSame(
    reference('Annotations', 'key').map(([key, expected, example, , support]) => [key, expected, example, support]),
    Object.values(annotations).map(({ key, format, example, support: row }) => [
      key.slice(names.keyPrefix.length),
      format.expected,
      example,
      support[row],
    ]),
  )
})

t.test('the table of reasons is the one in the code', async (t) => {
  t.strictSame(
    reference('Reasons', 'code'),
    Object.entries(reasons).map(([code, { outcome, sentence }]) => [code, outcome, sentence]),
  )
  const ofOutcome = (wanted: string) =>
    Object.entries(reasons).flatMap(([code, { outcome }]) => (outcome === wanted ? code : []))
  const documented = (heading: string) => rows('docs/troubleshooting.md', heading, 'reason').map(([code]) => code)
  t.strictSame(documented('Not Ready'), ofOutcome('failed'), 'every reason of a running pod has a remedy')
  t.strictSame(documented('The webhook itself'), ofOutcome('exit'), 'and every reason not to start')
  t.same(
    sorted(reference('Reasons', 'outcome').map(([outcome = '']) => outcome)),
    sorted([...new Set(Object.values(reasons).map(({ outcome }) => outcome))]),
  )
})

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly default?: unknown
}

/** Every field of the policy with its default, as text; `none` where there is none. */
function policyFields(node: SchemaNode, path: string, byDefault: unknown): string[][] {
  const value = node.default ?? byDefault
  if (!node.properties) return [[path, value === undefined ? 'none' : JSON.stringify(value)]]
  const defaults = new Map(Object.entries(value ?? {}))
  return Object.entries(node.properties).flatMap(([name, child]) =>
    policyFields(child, path === '' ? name : `${path}.${name}`, defaults.get(name)),
  )
}

const schema: SchemaNode = asJson(z.toJSONSchema(injectionPolicySchema, { io: 'input', unrepresentable: 'any' }))
const fields = policyFields(schema.properties?.spec ?? {}, '', undefined)

t.test('the table of policy fields has every field and its default', async (t) => {
  t.strictSame(
    rows('docs/policy.md', 'Fields', 'field').map(([field, byDefault]) => [field, byDefault]),
    fields,
  )
  t.strictSame(
    rows('docs/stopping.md', 'The drain', 'bound')
      .map(([bound, byDefault]) => [`drain.${bound}`, `"${byDefault}"`])
      .sort(),
    fields.filter(([field]) => field?.startsWith('drain.')).sort(),
  )
  const [everyDefault] = fences.filter(
    ({ page, text }) => page === 'docs/policy.md' && text.includes('InjectionPolicy'),
  )
  t.strictSame(parsePolicy(everyDefault?.text ?? '', 'docs/policy.md'), defaultPolicy, 'as has the example')
})

t.test('what a pod may change of the policy is said alike in both places', async (t) => {
  const known = fields.map(([field]) => field)
  const ofPolicy = rows('docs/policy.md', 'Per pod', 'field').flatMap(([list = '', key]) =>
    list.split(', ').map((field) => `${key}: ${field}`),
  )
  const ofReference = reference('Annotations', 'key').flatMap(([key, , , byDefault = '']) =>
    (byDefault.split('policy ')[1]?.match(/^[A-Za-z.]+|(?:drain|debug)\.\w+/g) ?? []).map(
      (field) => `${key}: ${field}`,
    ),
  )
  t.same(sorted(ofPolicy), sorted(ofReference))
  const remedied = Object.values(annotations).filter(({ key }) => withoutKey(key)?.includes("the policy's value"))
  t.same(
    sorted(remedied.map(({ key }) => key.slice(names.keyPrefix.length))),
    sorted([...new Set(ofReference.map((line) => line.split(': ')[0] ?? ''))]),
    'and in remedies',
  )
  t.same(
    ofPolicy.filter((line) => !known.includes(line.split(': ')[1])),
    [],
    'fields that are none',
  )
})

t.test('the words of the journal are those that are written and read', async (t) => {
  const documented = reference('Journal', 'word and arguments').map(([line = '']) => line)
  const wordsOf = (lines: readonly string[]) => sorted(lines.map((line) => line.split(' ')[0] ?? ''))
  const readWords = [...read('sidecar/journal-line.ts').matchAll(/^ {4}case '([a-z-]+)':/gm)].map(
    ([, word = '']) => word,
  )
  const written = [...read('sidecar/shell/resident').matchAll(/\bappend ([a-z-]+)/g)].map(([, word = '']) => word)
  t.same(wordsOf(documented), sorted([...new Set([...readWords, ...written])]))
  for (const line of documented.filter((line) => readWords.includes(line.split(' ')[0] ?? ''))) {
    const example = line.replace('NAME', 'preOnline').replace('SECONDS', '60').replace('JSON', '{}')
    t.ok(parseLine(`1.0 ${example}`), `"${example}" can be read`)
  }
})

t.test('the states and the stories in the guides are real', async (t) => {
  const phases = {
    waiting: true,
    starting: true,
    warming: true,
    verifying: true,
    // A word for some of the online ones (sidecar/status.ts).
    'held:': true,
    online: true,
    isolated: true,
    draining: true,
    offline: true,
    terminated: true,
    failed: true,
  } satisfies Record<Life['phase'] | 'held:', true>
  const documented = rows('docs/troubleshooting.md', 'Not Ready', 'state').map(([state = '']) =>
    state.replace(/ .*/, ''),
  )
  t.strictSame(documented, Object.keys(phases))

  const lines = fences.flatMap(({ text }) => text.split('\n'))
  const journal = lines.filter((line) => /^\d+\.\d{6} /.test(line))
  t.equal(fold(journal).life.phase, 'online', 'the journal in the guide leads online')
  const logged = lines.filter((line) => line.startsWith('greenroom: ')).map((line) => line.replace('greenroom:', '1.0'))
  t.same(
    [...journal, ...logged].filter((line) => !parseLine(line)),
    [],
  )
  const failed = fold(['1.0 started b', '1.0 checkurl-ok b', '1.0 hook-exited b preOnline 3'])
  const hook = { command: ['/app/hooks/preOnline'], required: false, timeoutMs: 1000 } as const
  const described = describe(failed, {
    hold: false,
    hooks: { preOnline: hook, verify: hook, reload: hook, postOffline: hook },
  })
  t.ok(lines.includes(described), described)
})

t.test('the contract of authorization is the one that is spoken', async (t) => {
  const reply = (status: number) => ({ kind: 'reply', status, headers: {}, body: '', oversized: false }) as const
  const statuses = (cell = '') => (cell.match(/\b\d{3}\b/g) ?? []).map(Number)
  for (const [cell, kind] of rows('docs/authorization.md', 'The contract', 'answer to PUT'))
    for (const status of statuses(cell)) t.equal(readAnswer(reply(status), 0).kind, kind, `PUT ${status}`)
  for (const [cell, kind] of rows('docs/authorization.md', 'The contract', 'answer to DELETE'))
    for (const status of statuses(cell)) t.equal(readRevocation(reply(status)).kind, kind, `DELETE ${status}`)

  const messages = rows('docs/authorization.md', 'Termination messages', 'message begins with')
  t.same(Object.fromEntries(messages.map(([code, exit]) => [code, Number(exit)])), {
    ...exitCodes,
    AuthorizationMisconfigured: misconfiguredExitCode,
    AuthorizationFailed: failedExitCode,
  })
  const text = fences.find(({ text }) => text.startsWith('AuthorizationUnavailable'))?.text.trim()
  const ending = { code: 'AuthorizationUnavailable', detail: 'HTTP 503, also when asked again', nextInMs: 0 } as const
  const body = {
    application: 'orders',
    namespace: 'shop',
    pod: 'orders',
    ip: '10.244.0.7',
    ips: ['10.244.0.7'],
    resources: ['mysql:orders'],
  }
  const settings = { endpoint: '', resources: [], callTimeoutMs: 1, startTimeoutMs: 1, refillMs: 1 }
  const task = { podUid: '', body, settings: { ...settings, whenUnavailable: 'block' } } as const
  t.equal(describeEnding(ending, task, Date.parse('2026-11-20T19:02:41Z')), text)
  const [head = ''] = read('docs/authorization.md')
    .split('\n')
    .filter((line) => line.startsWith('| `mode` |'))
  t.same(
    head
      .split(' | ')
      .slice(1)
      .map((cell) => cell.replace(' |', '')),
    modes,
  )
})

t.test('names, ports, flags, metrics, files and environment are those of the code', async (t) => {
  const { containerNames, volumeName, injectedLabel, statusAnnotation, helperMountPath, runMountPath } = names
  t.same(
    sorted(reference('Names', 'what').map(([, name = '']) => name)),
    sorted([
      ...[...Object.values(containerNames), volumeName, injectedLabel, statusAnnotation, helperMountPath, runMountPath],
      ...[names.bearer.volumeName, names.bearer.mountPath],
      ...[names.markerFile, names.readyPath, names.checkPath, names.probeTokenHeader],
    ]),
  )
  t.equal(reference('Ports', 'port')[0]?.[0], defaultPolicy.ports.join(', else '))
  t.same(
    reference('Ports', 'from').map(([from, to, owner]) => ({ from: Number(from), to: Number(to), owner })),
    reservedPorts,
  )
  const served = [...read('sidecar/shell/serve').matchAll(/^ {2}(\/\S+)\)/gm)].map(([, path]) => path)
  t.same(
    reference('Ports', 'path at the sidecar').map(([path]) => path),
    [...new Set(served)],
  )

  for (const [heading, text] of [
    ['Webhook flags', usage()],
    ['Gate flags', gateUsage()],
    ['Control plane flags', controlPlaneUsage()],
  ] as const) {
    const flags = [...text.matchAll(/^ {2}(--\S+(?: [A-Z]+)?) +(.*?)(?: \(default (.*)\))?$/gm)]
    t.same(
      reference(heading, 'flag'),
      flags.map(([, flag, meaning, byDefault = '']) => [flag, byDefault, meaning]),
    )
  }

  const metrics = await createMetrics().registry.getMetricsAsJSON()
  t.same(
    reference('Metrics', 'name').map(([name, , help]) => [name, help]),
    metrics.map(({ name, help }) => [name, help]),
  )

  const scripts = ['keeper', 'agent', 'hook', 'launch'].map((script) => read(`sidecar/shell/${script}`)).join('\n')
  const assigned = [...scripts.matchAll(/\b(GREENROOM_[A-Z_]+)=/g)].map(([, name = '']) => name)
  const kept = assigned.filter((name) => !scripts.includes(`unset ${name}`))
  t.same(
    reference('Environment of hooks', 'name').map(([name]) => name),
    [...new Set(kept)],
  )
})

t.test('every file in the volume that is documented is made, and the other way round', async (t) => {
  const makers = files
    .filter((file) => /^(sidecar|authorization)\/.*(shell\/|\.ts$)/.test(file))
    .map(read)
    .join('\n')
  const documented = reference('Files in the volume', 'file').flatMap(([list = '', , what = '']) => [
    ...list.split(', ').map((file) => file.replace(/.*\/(?=.)|\/$/g, '')),
    ...(list === 'helper/'
      ? (what.match(/\b[a-z]+\b/g) ?? []).filter((word) => !['and', 'the', 'scripts'].includes(word))
      : []),
  ])
  t.same(
    documented.filter((file) => !new RegExp(`[/<> '"\`]${file.replace('.', '\\.')}\\b`).test(makers)),
    [],
  )
  const lists = [...read('sidecar/shell/prepare').matchAll(/(?:for \w+ in|mkfifo -m 600) ([a-z -]+?)(?:;| \|\|)/g)]
  const made = lists.flatMap(([, list = '']) => list.split(' ')).filter((file) => file !== '$fifo')
  t.ok(made.length > 10)
  t.same(
    made.filter((file) => !documented.includes(file)),
    [],
  )
})

/** What a page says about an example above it. */
interface Claim {
  readonly decision: string
  readonly reason: string
}

const claimOf = (text: string): Claim => {
  const [, decision, reason] = /^# decision: (\w+), reason: (\w+)$/m.exec(text) ?? []
  return { decision: decision ?? 'inject', reason: reason ?? 'Injected' }
}

/** A guide shows only what is new; the rest is a pod that wants nothing but a probe. */
const wholePod = ({ metadata }: { metadata: object }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'orders', ...metadata },
  spec: {
    containers: [
      { name: 'app', command: ['/app/orders'], readinessProbe: { httpGet: { path: '/health', port: 8080 } } },
    ],
  },
})

/** Has a pod of a guide admitted, and holds the decision and the answer that the guide shows against it. */
function checkPod(t: Test, example: object, { text, answer }: Fence, policy: InjectionPolicy) {
  const { decision: wanted, reason } = claimOf(text)
  const own = { image: 'greenroom', version, namespace: 'greenroom-system', drawToken: () => 'token' }
  const setup = { policy, policyName: 'default', ...own }
  const { decision, operations, warnings } = admit(podSchema.parse(example), 'shop', setup)
  t.strictSame([decision.kind, decision.reason], [wanted, reason], text)
  const pod = podSchema.parse(jsonPatch.applyPatch(example, asJson(operations), true, false).newDocument)

  const shown = answer?.text ?? ''
  const denial = / denied the request: (.*)/s.exec(shown)?.[1]?.trim()
  t.equal(denial, wanted === 'deny' ? decision.problems.map(({ message }) => message).join('\n') : undefined)
  if (wanted === 'inject') t.strictSame(shown.match(/(?<=^Warning: ).*/gm) ?? [], warnings)
  return pod
}

t.test('every example in YAML does what its page says', async (t) => {
  const seen = { pods: 0, policies: 0, others: 0 }
  let policy = defaultPolicy
  let page = ''
  for (const fence of fences.filter(({ language }) => language === 'yaml')) {
    // A page's pods are admitted under the policy that it has shown last.
    if (fence.page !== page) policy = defaultPolicy
    page = fence.page
    const example = parse(fence.text, { version: '1.1' })
    t.ok(example && typeof example === 'object', `${page}: an object`)
    if (example.kind === 'InjectionPolicy') policy = parsePolicy(fence.text, page)
    else if (example.kind === 'Pod') checkPod(t, example, fence, policy)
    else if (example.metadata?.annotations && !example.kind) checkPod(t, wholePod(example), fence, policy)
    const kind = example.kind === 'InjectionPolicy' ? 'policies' : example.metadata?.annotations ? 'pods' : 'others'
    seen[kind]++
  }
  t.ok(seen.pods >= 10 && seen.policies >= 3, JSON.stringify(seen))
})

t.test('the status annotation and the grace period in the guides are what a pod gets', async (t) => {
  const example = fences.findLast(({ page, text }) => page === 'docs/opt-in.md' && text.includes('kind: Pod'))
  const pod = example && checkPod(t, parse(example.text), example, defaultPolicy)
  const shown = fences.find(({ language }) => language === 'json')?.text ?? ''
  const status = JSON.parse(pod?.metadata.annotations?.[names.statusAnnotation] ?? '')
  t.strictSame(status, JSON.parse(shown))
  t.strictSame(
    rows('docs/opt-in.md', 'The status annotation', 'field').map(([field]) => field),
    Object.keys(status),
  )
  const [, sum] = /30 \+ 60 \+ 2 \+ 5 = (\d+)/.exec(prose('docs/stopping.md')) ?? []
  t.equal(pod?.spec.terminationGracePeriodSeconds, Number(sum))
})

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .trim()
    .replaceAll(' ', '-')

function hasAnchor(file: string, anchor: string): boolean {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].some(([, heading = '']) => anchorOf(heading) === anchor)
}

t.test('every link between the pages of the repository leads somewhere', async (t) => {
  const links = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...read(file).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)]*))?\)/g)].map((match) => ({ file, match })),
    )
  t.ok(links.length > 40)
  const dead = links.flatMap(({ file, match: [, path = '', anchor] }) => {
    const target = path === '' ? file : normalize(join(dirname(file), path))
    const leads = existsSync(target) && (anchor === undefined || hasAnchor(target, anchor))
    return leads ? [] : [`${file}: ${path}${anchor === undefined ? '' : `#${anchor}`}`]
  })
  t.same(dead, [])
})

// Whoever types what a page says must not be told that there is no such thing.
t.test('commands and paths in the guides exist', async (t) => {
  const targets = [...read('Makefile').matchAll(/^([a-z0-9-]+):/gm)].map(([, target]) => target)
  const commands = [
    ...fences.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n')),
  ]
  t.ok(commands.length > 15)
  for (const text of [...commands, ...pages.flatMap(inlineCode)]) {
    const words = text.split(/\s+/)
    if (words[0] === 'make') t.ok(targets.includes(words[1]), text)
    for (const path of words.filter((word) => word.includes('/') && folders.has(word.replace(/\/.*/, ''))))
      t.ok(existsSync(path), text)
    if (text.startsWith('node authorization/reference/main.ts')) t.equal(parseFlags(words.slice(2)).kind, 'flags', text)
  }
})

// A machine's own Node is often older than what the sources need.
t.test('what needs our own Node or tap comes with the PATH to it', async (t) => {
  const guides = ['README.md', 'CONTRIBUTING.md', ...pages]
  const blocks = guides.flatMap((page) =>
    [...read(page).matchAll(/^ *```(\w*)\n(.*?)^ *```$/gms)].map(([, , text = '']) => ({ page, text })),
  )
  const needsPath = /^ *(\S*\/)?(exec )?(node|tap) /m
  const withPath = blocks.filter(({ text }) => needsPath.test(text))
  t.ok(withPath.length >= 2)
  for (const { page, text } of withPath)
    t.match(text.trim(), /^export PATH="\$PWD\/node_modules\/\.bin:\$PATH"/, `${page}: ${text}`)
  for (const page of guides)
    t.same(
      inlineCode(page).filter((code) => needsPath.test(code)),
      [],
      `${page}: in a block of its own, where the PATH can stand`,
    )
})

t.test('how many connections the sidecar serves is what tcpsvd is told', async (t) => {
  const [, all] = /tcpsvd .*-c (\d+)/.exec(read('sidecar/shell/resident')) ?? []
  t.match(read('docs/load-balancers.md').replaceAll('\n', ' '), ` serves ${all} connections at once`)
})

t.test('keys and reasons in the text exist', async (t) => {
  const keys = Object.values(annotations).map(({ key }) => key)
  const known = [
    ...keys,
    names.statusAnnotation,
    names.injectedLabel,
    names.releasedLabel,
    names.rotateAnnotation,
    names.keyPrefix,
    'opt-in.greenroom.dev',
  ]
  const codes = [
    ...Object.keys(reasons),
    ...Object.keys(exitCodes),
    'AuthorizationMisconfigured',
    'AuthorizationFailed',
  ]
  // Kubernetes' own words of the same shape.
  const foreign = [
    'ContainerCreating',
    'CrashLoopBackOff',
    'FailedMount',
    'FailedPreStopHook',
    'IfNotPresent',
    'ImagePullBackOff',
  ]
  for (const page of pages)
    for (const code of inlineCode(page)) {
      const key = /greenroom\.dev\/[a-z-]*/.exec(code)?.[0]
      if (key) t.ok(known.includes(key), `${page}: ${code}`)
      if (/^([A-Z][a-z]+){2,}$/.test(code)) t.ok([...codes, ...foreign].includes(code), `${page}: ${code}`)
    }
})

t.test('every guide is in the index, and figures are left to the README', async (t) => {
  const linked = [...read('docs/README.md').matchAll(/\]\((\w[\w-]*\.md)/g)].map(([, file]) => `docs/${file}`)
  t.same(sorted([...new Set(linked), 'docs/README.md']), sorted(pages))
  t.same(
    pages.filter((page) => /\d\s?(ms|milliseconds|[kM]i?B)\b/.test(prose(page))),
    [],
  )
})
