import type { CertificateSource } from './certificate.ts'
import type { Keeper } from './keeper.ts'
import { trustedOf } from './rotation.ts'

/** What a server needs of its keeper. `host`: the name by which it is asked. */
export const sourceOf = (keeper: Keeper, host: string): CertificateSource => ({
  certificate: keeper.leaf().certificate,
  keep: keeper.start,
  expected: () => ({ host, trusted: trustedOf(keeper.authority()), nowMs: keeper.nowMs() }),
  expiries: () => ({ serving: keeper.leaf().endsMs, authority: keeper.authority().signing.endsMs }),
})
