/** Whose process this is. */
import { userInfo } from 'node:os'

/** The user's name; of one that has none, as in a container that is given only a number, the number. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.geteuid?.() ?? 'unknown')
  }
}
