/**
 * A program with mount points of its own: reads its mount table through a `KeptFile`, mounts a folder whose line alone is nearly a page
 * long, reads on, and writes what of the readings was whole, as JSON.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeptFile } from '../../src/systeminfo/files.ts'

const TABLE = '/proc/self/mounts'
const [, , folder, trustedReads] = process.argv
const file = new KeptFile(TABLE, undefined, { longLines: true, trustedReads: Number(trustedReads) })
const whole = () => file.read() === readFileSync(TABLE, 'latin1')
const before = [whole(), whole()]
const deep = join(folder!, ...Array.from({ length: 14 }, () => 'x'.repeat(255)))
mkdirSync(deep, { recursive: true })
execFileSync('mount', ['--bind', '.', '.'], { cwd: deep })
const after = Array.from({ length: 2 * Number(trustedReads) + 2 }, whole)
process.stdout.write(JSON.stringify({ before, after }))
