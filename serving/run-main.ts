import { GreenroomError } from '../policy/greenroom-error.ts'
import { brief } from './api-error.ts'

/** A server as a program. */
export interface Program<Options> {
  /** Throws `OptionMalformed`. */
  readonly parseOptions: (args: readonly string[]) => Options | 'help'
  readonly usage: () => string
  /** The server's life; resolves at its end. */
  readonly serve: (options: Options) => Promise<void>
}

/**
 * Runs a server by the command line. What fails is said on stderr, in a sentence where people can mend it, and ends the process with 1. Not
 * awaited: the image's bundles are CommonJS, which has no top-level await.
 */
export function runMain<Options>({ parseOptions, usage, serve }: Program<Options>): void {
  const run = async (args: readonly string[]) => {
    const options = parseOptions(args)
    if (options === 'help') console.log(usage())
    else await serve(options)
  }
  run(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof GreenroomError ? error.message : brief(error))
    process.exit(1)
  })
}
