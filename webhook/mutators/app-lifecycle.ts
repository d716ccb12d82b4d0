import { isDeepStrictEqual } from 'node:util'
import { helperCommand, isHelperCommand, userCommandMark } from '../../policy/commands.ts'
import { handlerCommand } from '../../policy/handler-command.ts'
import { runMountPath } from '../../policy/names.ts'
import type { RawContainer, RawHandler } from '../../policy/schema/pod.ts'
import { offlineLimitSeconds } from '../grace-period.ts'
import { add, pointer } from '../patch.ts'
import type { Mutator } from './context.ts'

/**
 * Our handlers around the user's own, which they run: theirs first in postStart, ours first in preStop. One that
 * cannot be run was an obstacle before.
 */
export const addAppLifecycle: Mutator = ({ injection: { app, settings } }) => {
  const { postStart, preStop } = app.container.lifecycle ?? {}
  const path = pointer('spec', 'containers', app.index, 'lifecycle')
  const start = handler(helperCommand('start', runMountPath), usersOwn('start', postStart, app.container))
  const offline = handler(
    helperCommand(
      'offline',
      runMountPath,
      String(offlineLimitSeconds(settings)),
      String(Math.ceil(settings.drain.minMs / 1000)),
    ),
    usersOwn('offline', preStop, app.container),
  )
  return [
    ...(isDeepStrictEqual(postStart, start) ? [] : [add(`${path}/postStart`, start)]),
    ...(isDeepStrictEqual(preStop, offline) ? [] : [add(`${path}/preStop`, offline)]),
  ]
}

const handler = (ours: readonly string[], theirs: readonly string[]) => ({
  exec: { command: theirs.length > 0 ? [...ours, userCommandMark, ...theirs] : ours },
})

/** The user's handler, taken out of ours where an earlier pass has wrapped it. */
function usersOwn(file: 'start' | 'offline', present: RawHandler, container: RawContainer): readonly string[] {
  const command = handlerCommand(present, container) ?? []
  if (!isHelperCommand(file, command)) return command
  const mark = command.indexOf(userCommandMark)
  return mark === -1 ? [] : command.slice(mark + 1)
}
