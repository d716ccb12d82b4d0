import { unexpanded } from '../policy/commands.ts'
import { GreenroomError } from '../policy/greenroom-error.ts'
import { env } from '../policy/names.ts'
import type { PodSettings } from '../policy/settings.ts'

/** Half of what the kernel takes for one string of an environment (MAX_ARG_STRLEN), the variable's name included. */
const mostBytes = 64 * 1024

/** The settings as the variable's value. They are measured, and then written into one container or two. */
export function settingsText(settings: PodSettings): string {
  const text = texts.get(settings) ?? unexpanded(JSON.stringify(settings))
  texts.set(settings, text)
  return text
}

const texts = new WeakMap<PodSettings, string>()

/** Settings that are too large for the environment: their container could never start. Annotations alone cannot do it. */
export function findOversize(settings: PodSettings): GreenroomError | undefined {
  const bytes = Buffer.byteLength(settingsText(settings))
  if (bytes <= mostBytes) return undefined
  const sizes = Object.entries(settings).map(([name, value]) => ({ name, bytes: JSON.stringify(value).length }))
  const largest = sizes.reduce((one, other) => (other.bytes > one.bytes ? other : one))
  return new GreenroomError('SettingsTooLarge', {
    at: env.settings,
    found: `${bytes} bytes`,
    expected: `at most ${mostBytes} bytes`,
    fix: `Shorten what is in its ${largest.name}: ${largest.bytes} characters. ${sources}`,
  })
}

const sources =
  "A checkurl has its probe's path and headers, the drain the app container's ports, the authorization its names, requests and certificates, the announcing its requests."
