import { isDeepStrictEqual } from 'node:util'
import { isWrappedInside, unwrapped } from '../../policy/app-command.ts'
import { launchCommand } from '../../policy/launch-command.ts'
import { add, pointer } from '../patch.ts'
import type { Mutator } from './context.ts'

/**
 * Has the app container run preStart before it becomes what it would have been, with a debugger if it is to have one. Its args stay as they are: Kubernetes puts
 * them behind the command, ours or the user's. Switched off in a later pass, the command is what it was.
 */
export const addLaunch: Mutator = ({ injection: { app, preStart, debugCommand } }) => {
  if (isWrappedInside(app.container)) return []
  const { command: present, terminationMessagePath: messagePath } = app.container
  const wanted =
    preStart.kind === 'launch'
      ? launchCommand({ ...preStart, messagePath, command: debugCommand ?? preStart.command })
      : (debugCommand ?? (present && unwrapped(present)))
  return isDeepStrictEqual(present, wanted) ? [] : [add(pointer('spec', 'containers', app.index, 'command'), wanted)]
}
