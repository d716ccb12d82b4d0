import { checkPods } from '../support/check-pods.ts'

checkPods('under the default policy', '{}', {})
