/** Files that cannot be read are kept under another name, never overwritten. */

/** `<path>.corrupt-<time>`. */
export function quarantineName(path: string): string {
  return `${path}.corrupt-${new Date().toISOString().replace(/[:.]/g, '-')}`
}
