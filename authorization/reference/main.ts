/** Main of the reference authorization server. `--help` says how to use it. */
import { createCalls } from './calls.ts'
import { type Flags, parseFlags, usage } from './flags.ts'
import { openGrants } from './grants-file.ts'
import { createReferenceServer } from './server.ts'

function main(): void {
  const reading = parseFlags(process.argv.slice(2))
  if (reading.kind === 'help') process.stdout.write(usage)
  else if (reading.kind === 'flags') start(reading.flags)
  else fail(reading.detail, 2)
}

function start({ port, host, grants: path, behaviour }: Flags): void {
  const server = createReferenceServer({ grants: open(path), calls: createCalls(), behaviour, now, log })
  server.on('error', (error) => fail(error.message, 1))
  server.listen(port, host, () => {
    const address = server.address()
    if (address !== null && typeof address === 'object')
      log({ time: now(), message: 'listening', host, port: address.port })
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      server.close()
      // Also the calls that are left hanging: nothing else would ever end them.
      server.closeAllConnections()
    })
}

function open(path: string) {
  try {
    return openGrants(path)
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), 1)
  }
}

function now(): string {
  return new Date().toISOString()
}

function log(record: object): void {
  process.stdout.write(`${JSON.stringify(record)}\n`)
}

function fail(detail: string, code: number): never {
  process.stderr.write(`${detail}\n`)
  process.exit(code)
}

main()
