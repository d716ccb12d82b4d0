import t from 'tap'
import { runtimeClassPattern } from '../../../policy/formats/runtime-class-pattern.ts'
import { checkFormat } from './check-format.ts'

t.test('a runtime class is a DNS subdomain, with stars for what may be anything', async (t) => {
  const read = ['gvisor', 'kata*', '*', '*.kata', 'kata-qemu.v2'].map((text) => [text, text])
  const malformed = ['', 'Kata', '-kata', 'kata.', 'kata qemu', 'k'.repeat(254)].map((text) => [text, undefined])
  checkFormat(t, runtimeClassPattern, Object.fromEntries([...read, ...malformed]))
})
