/** What a script of ours prints last is its result. */
export const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
