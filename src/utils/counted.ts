/** `1 time`, `2 times`: a number with what it counts. */
export function counted(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`
}
