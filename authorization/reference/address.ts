import { isIP, SocketAddress } from 'node:net'

/**
 * One text for one address, so that texts can be compared: lower case and shortest form (RFC 5952), IPv4 that comes
 * through an IPv6 socket as IPv4, no zone. null where it is no address.
 */
export function canonicalAddress(text: string): string | null {
  const family = isIP(text)
  if (family === 0) return null
  const { address } = new SocketAddress({ address: text, family: family === 4 ? 'ipv4' : 'ipv6' })
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}
