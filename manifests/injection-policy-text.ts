import { stringify } from 'yaml'
import { injectionPolicyResource } from './injection-policy.ts'
import { policyFieldTexts } from './policy-fields.ts'

/** The manifest of the CustomResourceDefinition, with the words of docs/policy.md. */
export function injectionPolicyText(page: string): string {
  const texts = policyFieldTexts(page)
  const resource = injectionPolicyResource((path) => texts.get(path.replace(/\[\](?=\.)/g, '')))
  const yaml = stringify(resource, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 120 })
  return `# Made from policy/schema/injection-policy.ts and docs/policy.md by \`npm run manifests\`.\n${yaml}`
}
