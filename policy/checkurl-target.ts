import type { Checkurl } from './settings.ts'

type Untimed<Kind> = Kind extends Checkurl ? Omit<Kind, 'timeoutMs'> : never

/** A checkurl before its time limit is known. */
export type CheckurlTarget = Untimed<Checkurl>
