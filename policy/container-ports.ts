import type { PortText } from './formats/checkurl.ts'
import type { RawContainer } from './schema/pod.ts'

/** A port's number, by the name that the container gives it if need be; undefined where it declares no such name. */
export function resolvePort(port: PortText, { ports }: RawContainer): number | undefined {
  return typeof port === 'number' ? port : ports?.find(({ name }) => name === port)?.containerPort
}

/** The TCP ports that a container declares; TCP is a port's default. */
export function tcpPorts({ ports }: RawContainer): readonly number[] {
  return (ports ?? []).filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP').map(({ containerPort }) => containerPort)
}
