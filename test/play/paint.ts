import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan'

/** Puts text into a colour, or not, as the terminal and NO_COLOR or FORCE_COLOR say. */
export type Paint = (style: Style | readonly Style[], text: string) => string

export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(typeof style === 'string' ? style : [...style], text, { stream })
}

export const plain: Paint = (_, text) => text
