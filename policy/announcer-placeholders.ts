/**
 * What a request to an announcer may name; each is known once the pod runs. The values are samples, to see what a template
 * becomes: no letter of theirs is one of `true`, `false`, `null` or of a number, so that JSON has them in strings alone.
 */
export const announcerSample = {
  application: 'Z',
  namespace: 'Z',
  pod: 'Z',
  ip: '192.0.2.1',
  nodeIP: '192.0.2.2',
  port: '1',
} as const

export type AnnouncerValues = Readonly<Record<keyof typeof announcerSample, string>>
