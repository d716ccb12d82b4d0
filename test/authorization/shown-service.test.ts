import t from 'tap'
import { showService } from '../../authorization/shown-service.ts'
import { usualGrantStatuses, usualRevokeStatuses } from '../../policy/answer-statuses.ts'

t.test('a service is shown without password and query', async (t) => {
  t.equal(
    showService({ endpoint: 'https://user:s3cret@auth.example:8443/base?key=s3cret' }),
    'https://auth.example:8443/base',
  )
  t.equal(showService({ endpoint: 'http://auth.example' }), 'http://auth.example')
  t.equal(showService({}), 'no endpoint')
  const url = 'https://firewall.example/allow/{uid}?ip={ip}&key=s3cret'
  const requests = {
    grant: { method: 'POST', url, answers: usualGrantStatuses },
    revoke: { method: 'DELETE', url, answers: usualRevokeStatuses },
  } as const
  t.equal(showService({ requests }), 'https://firewall.example/allow/{uid}')
})
