import { bounded } from './bounded.ts'
import type { Format } from './format.ts'

/** A hook's name is appended, and goes where hook commands go. */
const mostBytes = 1_000

/** An absolute path in the app container other than `/`, without `..` and `:`, which the API server refuses in a mount. */
export const absolutePath: Format<string> = bounded(
  {
    expected: 'an absolute path without ".."',
    example: '/app/hooks',
    parse(text) {
      const path = text.replace(/\/+$/, '')
      const isUsable = path.startsWith('/') && !path.split('/').includes('..') && !/[\p{Cc}: ]/u.test(path)
      return isUsable ? path : undefined
    },
  },
  mostBytes,
)
