import { Gauge, type Registry } from '@prometheus-io/client'

/** Ends of certificates in milliseconds since the epoch, by what they are. */
export type Expiries = () => Readonly<Record<string, number>>

/** A gauge of when certificates end, read whenever Prometheus asks. */
export function addExpiryGauge(registry: Registry, name: string, expiries: Expiries): void {
  new Gauge({
    name,
    help: 'When a certificate ends, in seconds since the epoch: the one that is served, and the authority that signs.',
    labelNames: ['certificate'],
    registers: [registry],
    collect() {
      for (const [certificate, endMs] of Object.entries(expiries())) this.set({ certificate }, endMs / 1000)
    },
  })
}
