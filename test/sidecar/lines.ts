import fc from 'fast-check'
import { hookNames } from '../../policy/settings.ts'

/** Words of a journal as the resident writes them, in any order: what reality may do, and what it cannot. */
const boot = fc.constantFrom('boot-1', 'boot-2', 'boot-3')
export const journalLine = fc.oneof(
  fc.constantFrom('authorized 10.0.0.1', 'sidecar-started id 10.0.0.1', 'online', 'deleting', 'offline-stop'),
  fc.constantFrom('terminating alive', 'terminating gone', 'revoked 10.0.0.1', 'revoke-failed HTTP 500'),
  fc.constantFrom('hold x', 'release x', 'take-offline x', 'bring-online x', 'reload x', 'unhealthy', 'healthy'),
  fc.constantFrom(
    'announcing online consul',
    'announced online consul ok HTTP 200',
    'announced online consul failed x',
  ),
  fc.constantFrom(
    'announcing offline consul',
    'announced offline consul ok HTTP 200',
    'announced offline consul failed',
  ),
  fc.constantFrom('pre-start-exited 3', 'pre-start-exited timeout'),
  fc.constantFrom('debug-opened alice 60', 'debug-opened mallory 1e300', 'debug-closed asked'),
  fc.constantFrom('decider-exited 137', 'half', '', 'a-word-of-tomorrow x y'),
  fc
    .tuple(
      fc.constantFrom(
        'started',
        'exited',
        'checkurl-ok',
        'checkurl-gave-up',
        'drained',
        'released',
        'agent-lost',
        'app-gone',
      ),
      boot,
    )
    .map(([word, boot]) => `${word} ${boot}`),
  fc.tuple(boot, fc.constantFrom(...hookNames)).map(([boot, name]) => `hook-requested ${boot} ${name}`),
  fc
    .tuple(boot, fc.constantFrom(...hookNames), fc.constantFrom('0', '3', 'absent', 'timeout'))
    .map(([boot, name, code]) => `hook-exited ${boot} ${name} ${code}`),
)

export const journalLines = fc
  .array(journalLine, { maxLength: 60 })
  .map((all) => ['greenroom-journal 1', ...all.map((words, index) => `${1000 + index}.000000 ${words}`)])
