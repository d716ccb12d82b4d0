/**
 * What a request to an authorization service's own API may name, with samples as announcers have them: in its URL, and in
 * its body, where lists are arrays.
 */
export const authorizationSample = {
  application: 'Z',
  namespace: 'Z',
  pod: 'Z',
  uid: 'Z',
  ip: '192.0.2.1',
  ips: '192.0.2.1,2001:db8::1',
  resources: 'Z,Z',
} as const

export const authorizationBodySample = {
  ...authorizationSample,
  ipList: ['192.0.2.1', '2001:db8::1'],
  resourceList: ['Z'],
} as const

export type AuthorizationValues = Readonly<Record<keyof typeof authorizationSample, string>>
export type AuthorizationLists = Readonly<
  Record<Exclude<keyof typeof authorizationBodySample, keyof typeof authorizationSample>, readonly string[]>
>
