import t from 'tap'
import { findProblems } from '../../policy/problems.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { annotated } from './pods.ts'

t.test('everything that is wrong is found at once', async (t) => {
  const pod = annotated({
    drain: '30',
    checkurl: ':web/health',
    authorize: 'mysql:orders',
    announce: 'consul',
    'healthcheck-path': '/www/healthcheck.html',
  })
  t.strictSame(
    findProblems(pod, defaultPolicy).map(({ code }) => code),
    [
      'AnnotationMalformed',
      'NotYetSupported',
      'CheckurlPortUnknown',
      'AuthorizationEndpointMissing',
      'AnnouncerUnknown',
    ],
  )
})

t.test('an unclear app container is in the way, but no problem', async (t) => {
  t.strictSame(findProblems(annotated({ checkurl: ':web/health' }, { containers: [] }), defaultPolicy), [])
})
