import type { Log } from '../../src/utils/index.ts'

/** A log that keeps what it is told. */
export function keptLog(): Log & { readonly said: { level: string; message: string; fields: object }[] } {
  const said: { level: string; message: string; fields: object }[] = []
  const keep = (level: string) => (fields: object, message: string) =>
    void said.push({ level, message, fields })
  return { said, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
}
