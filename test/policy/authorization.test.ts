import t from 'tap'
import { findAuthorizationProblem, resolveAuthorization } from '../../policy/authorization.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { annotated, pod } from './pods.ts'

const authorization = { ...defaultPolicy.authorization, endpoint: 'http://authorize', resources: ['mysql:common'] }
const authorizing = { ...defaultPolicy, authorization }

t.test('there is something to authorize where policy names a service, and pod or policy a resource', async (t) => {
  t.match(resolveAuthorization(pod(), authorizing), { endpoint: 'http://authorize', resources: ['mysql:common'] })
  t.match(resolveAuthorization(annotated({ authorize: 'redis' }), authorizing), { resources: ['redis'] })
  t.equal(resolveAuthorization(annotated({ authorize: '' }), authorizing), null)
  t.equal(resolveAuthorization(annotated({ authorize: 'redis' }), defaultPolicy), null)
})

t.test('asking for authorizations without a service is a problem', async (t) => {
  t.match(findAuthorizationProblem(annotated({ authorize: 'redis' }), defaultPolicy), {
    code: 'AuthorizationEndpointMissing',
  })
  t.equal(findAuthorizationProblem(annotated({ authorize: 'redis' }), authorizing), undefined)
  t.equal(findAuthorizationProblem(annotated({ authorize: '' }), defaultPolicy), undefined)
  t.equal(findAuthorizationProblem(pod(), defaultPolicy), undefined)
})
