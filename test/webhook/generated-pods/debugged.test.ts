import { checkPods } from '../support/check-pods.ts'

checkPods('under a policy that debugs', '{ debug: { enabled: true } }', { isDebugged: true })
