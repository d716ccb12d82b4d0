import { checkPods } from '../support/check-pods.ts'

checkPods('under a policy that requires lxcfs', '{ lxcfs: { mode: require } }', { hasLxcfs: true })
