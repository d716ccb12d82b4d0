import { readFileSync, writeFileSync } from 'node:fs'
import { injectionPolicyText } from './injection-policy-text.ts'

/** `npm run manifests`: writes what is made from sources. A test finds what was forgotten. */
writeFileSync('manifests/base/injection-policies.yaml', injectionPolicyText(readFileSync('docs/policy.md', 'utf8')))
