import { helperCommand, isHelperCommand, userCommandMark } from './commands.ts'
import { debugPorts } from './names.ts'

/** `jdwp PORT -- COMMAND...`: the command with a debugger's door in its JVM. */
export const jdwpCommand = (command: readonly string[]): readonly string[] =>
  helperCommand('jdwp', String(debugPorts.jdwp), userCommandMark, ...command)

/** The command that an earlier pass has wrapped; a command that is not wrapped comes back as it is. */
export const unwrapJdwp = (command: readonly string[]): readonly string[] =>
  isHelperCommand('jdwp', command) ? command.slice(jdwpCommand([]).length) : command
