/** What each field of a policy is, by path, from the table of docs/policy.md; links and code marks are taken off. */
export function policyFieldTexts(page: string): ReadonlyMap<string, string> {
  const rows = page.matchAll(/^\| `([A-Za-z.]+)` \| [^|]* \|(.*)\|$/gm)
  return new Map([...rows].flatMap(([, field = '', text = '']) => (text.trim() === '' ? [] : [[field, plain(text)]])))
}

const plain = (markdown: string) =>
  markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')
    .trim()
