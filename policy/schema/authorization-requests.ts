import { z } from 'zod'
import { ambiguousStatus, usualGrantStatuses, usualRevokeStatuses } from '../answer-statuses.ts'
import { authorizationBodySample, authorizationSample } from '../authorization-placeholders.ts'
import { jsonTemplate, urlTemplate } from '../formats/template.ts'
import { strict } from './fields.ts'
import { headers, method, template } from './request.ts'

const isStatus = (status: number) => Number.isInteger(status) && status >= 100 && status <= 999

const status = z.number({ error: 'a status of three digits' }).refine(isStatus, { error: 'a status of three digits' })

const statuses = (usual: readonly number[]) => z.array(status, { error: 'a list of statuses' }).prefault([...usual])
const someStatuses = (usual: readonly number[]) =>
  z
    .array(status, { error: 'a list of statuses' })
    .min(1, { error: 'at least one status' })
    .prefault([...usual])

const eachOnce = {
  error: ({ input }: { readonly input?: unknown }) => `each status in one list only, not ${ambiguous(input)} in two`,
}
const ambiguous = (lists: unknown) => ambiguousStatus(Object(lists))

const request = {
  method,
  url: template(urlTemplate(authorizationSample), authorizationSample),
  headers: headers.optional(),
  body: template(
    jsonTemplate(authorizationBodySample, '{"ip": "{ip}", "for": {resourceList}}'),
    authorizationBodySample,
  ).optional(),
}

/** Two requests to an API that is not our contract, and how its answers are read. Lists that are left out have the usual statuses. */
export const authorizationRequestsSchema = strict({
  grant: strict({
    ...request,
    answers: strict({
      granted: someStatuses(usualGrantStatuses.granted),
      queued: statuses(usualGrantStatuses.queued),
      throttled: statuses(usualGrantStatuses.throttled),
      refused: statuses(usualGrantStatuses.refused),
    })
      .refine((lists) => ambiguousStatus(lists) === undefined, eachOnce)
      .prefault({}),
  }),
  revoke: strict({
    ...request,
    answers: strict({
      revoked: someStatuses(usualRevokeStatuses.revoked),
      refused: statuses(usualRevokeStatuses.refused),
    })
      .refine((lists) => ambiguousStatus(lists) === undefined, eachOnce)
      .prefault({}),
  }),
})
