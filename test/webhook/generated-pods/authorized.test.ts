import { checkPods } from '../support/check-pods.ts'

checkPods(
  'under a policy that authorizes, and has a pull secret',
  '{ authorization: { endpoint: "http://a", resources: ["mysql:common"] }, imagePullSecrets: [registry] }',
  { isAuthorized: true, hasSecret: true },
)
