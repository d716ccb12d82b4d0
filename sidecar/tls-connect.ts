/**
 * Carries bytes between stdin and stdout and a server that talks TLS, for `sidecar/shell/request`: our busybox cannot talk it
 * to every server. Certificates are not verified, as the kubelet does not for probes.
 *
 * Usage: tls-connect.cjs HOST PORT. Ahead of the first byte comes one line on stdout, `tls: connected` or `tls: WHY`.
 * Ends with the connection, and is ended with the request.
 */
import { connect } from 'node:tls'

const [host, port] = process.argv.slice(2)
const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })

let isHeard = false
socket.once('data', () => {
  isHeard = true
})
socket.once('secureConnect', () => process.stdout.write('tls: connected\n'))
socket.on('error', (error) => {
  if (!isHeard) process.stdout.write(`tls: ${error.message.split('\n')[0]}\n`)
})
socket.on('close', () => process.exit())
// Nobody reads any more.
process.stdout.on('error', () => process.exit())
// The end of the request is not the end of the connection.
process.stdin.pipe(socket, { end: false })
socket.pipe(process.stdout)
