/** Files of certificates and keys that a configuration names: `check` tells what `serve` would stumble over. */
import { readFileSync } from 'node:fs'
import type * as z from 'zod/mini'
import { messageOf } from '../utils/index.ts'
import { resolvePath } from './config.ts'

const KEYS = ['ca', 'cert', 'key']

/**
 * What is wrong with the files of a section's parts.
 *
 * @param written The section as it stands in the file.
 * @param folder Relative paths are below it.
 */
export function pemIssues(section: string, written: unknown, folder: string): z.core.$ZodIssue[] {
  const parts = Object.entries((written ?? {}) as Record<string, Record<string, unknown> | null>)
  return parts.flatMap(([name, part]) =>
    KEYS.flatMap((key) => {
      const path = typeof part === 'object' ? part?.[key] : undefined
      const message = typeof path === 'string' ? faultOf(resolvePath(path, folder)) : undefined
      return message === undefined
        ? []
        : [{ code: 'custom' as const, path: [section, name, key], message, input: path }]
    }),
  )
}

function faultOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').includes('-----BEGIN ') ? undefined : `${path} is no PEM file`
  } catch (error) {
    return `cannot read it: ${messageOf(error)}`
  }
}
