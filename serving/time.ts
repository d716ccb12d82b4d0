/** A time as Kubernetes writes it into objects (metav1.Time): UTC, in whole seconds. `ms`: since the epoch. */
export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
