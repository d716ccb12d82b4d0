import { checkPods } from '../support/check-pods.ts'

checkPods('under a policy that checks', '{ check: true }', { isChecked: true })
