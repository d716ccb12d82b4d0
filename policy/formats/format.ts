/** How one kind of value is written as text: in an annotation, in a policy file, on a command line. */
export interface Format<T> {
  /** What is allowed, as it ends the sentence `…, expected …`. */
  readonly expected: string
  /** A valid text, offered as a remedy. */
  readonly example: string
  /** Longer texts (in UTF-8) are malformed for that alone; none: any length is read. */
  readonly mostBytes?: number
  /** A regular expression that all texts of it fit, where one says most of it: for the API server, which has nothing else. */
  readonly pattern?: string
  /** The value; undefined where the text is malformed. */
  parse(text: string): T | undefined
}
