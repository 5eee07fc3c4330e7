// Why a file cannot be read or written, in words for people: the names of the system's errors are for programs.
import { isNativeError } from 'node:util/types'

const words: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a file stands where a folder should be',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
  ECONNREFUSED: 'nothing answers there',
}

const mostCharacters = 160

export function plainly(error: unknown): string {
  if (!isNativeError(error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  const said = words[code]
  if (said !== undefined) return said
  // What a parser quotes may be anything, an escape sequence of the terminal as well.
  const text = error.message.replaceAll(/[\p{C}\s]+/gu, ' ').slice(0, mostCharacters)
  return error.name === 'SyntaxError' ? `it is not JSON: ${text}` : text
}
