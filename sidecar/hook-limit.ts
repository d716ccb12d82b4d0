import type { Hook } from '../policy/settings.ts'

/** A hook's time limit as it is kept: busybox's `read -t` counts whole seconds. */
export const hookLimitSeconds = ({ timeoutMs }: Hook): number => Math.ceil(timeoutMs / 1000)
