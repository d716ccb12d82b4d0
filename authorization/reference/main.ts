/** Main of the reference authorization server. `--help` says how to use it. */
import { readFileSync } from 'node:fs'
import { createCalls } from './calls.ts'
import { type Flags, parseFlags, usage } from './flags.ts'
import { openGrants } from './grants-file.ts'
import { readSecret } from './secret-file.ts'
import { createReferenceServer, type ServerTls } from './server.ts'

function main(): void {
  const reading = parseFlags(process.argv.slice(2))
  if (reading.kind === 'help') process.stdout.write(usage)
  else if (reading.kind === 'flags') start(reading.flags)
  else fail(reading.detail, 2)
}

function start({ port, host, grants, behaviour, tokenFile, tls }: Flags): void {
  const token = tokenFile === undefined ? undefined : orFail(() => readSecret(tokenFile))
  const certificate = tls && orFail(() => readTls(tls))
  const parts = { grants: orFail(() => openGrants(grants)), calls: createCalls(), behaviour, token, now, nowMs, log }
  // OpenSSL's own words name neither file.
  const server = orFail(() => createReferenceServer(parts, certificate), '--tls-cert and --tls-key: ')
  server.on('error', (error) => fail(error.message, 1))
  server.listen(port, host, () => {
    const address = server.address()
    if (address !== null && typeof address === 'object')
      log({ time: now(), message: 'listening', scheme: tls ? 'https' : 'http', host, port: address.port })
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      server.close()
      // Also the calls that are left hanging: nothing else would ever end them.
      server.closeAllConnections()
    })
}

function readTls({ certFile, keyFile }: NonNullable<Flags['tls']>): ServerTls {
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
}

function orFail<T>(act: () => T, where = ''): T {
  try {
    return act()
  } catch (error) {
    return fail(`${where}${error instanceof Error ? error.message : String(error)}`, 1)
  }
}

function now(): string {
  return new Date().toISOString()
}

/** Seconds of the wall clock may be put back; what flows into a bucket may not. */
function nowMs(): number {
  return performance.now()
}

function log(record: object): void {
  process.stdout.write(`${JSON.stringify(record)}\n`)
}

function fail(detail: string, code: number): never {
  process.stderr.write(`${detail}\n`)
  process.exit(code)
}

main()
