import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { expect, it } from 'vitest'
import { installed } from '../support/example.ts'

/** TypeScript that a text shows whole: what has an ellipsis is a sketch. */
const snippets = ['README.md', 'docs/expvar.md', 'docs/process.md'].flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^```ts\n(.*?)^```/gms)]
    .map((match) => match[1]!)
    .filter((text) => !text.includes('…'))
    .map((text) => ({ file, name: /(?<=from ')treering[^']*/.exec(text)![0], text })),
)

/** A program of nothing but this text. */
function run(text: string): string {
  const folder = installed()
  // Ports of this machine may be in use.
  const there = text
    .replace('init({}', "init({ listen: { host: '127.0.0.1', port: 0 } }")
    .replace('(1234)', '(0)')
  const { code } = transformSync(`${there}\nprocess.exit(0)\n`, { loader: 'ts', format: 'esm' })
  writeFileSync(join(folder, 'snippet.js'), code)
  const env = { ...process.env, MCOUNTERS_DIR: folder }
  return execFileSync(process.execPath, ['snippet.js'], { cwd: folder, env, encoding: 'utf8' })
}

it('there are snippets in the texts', () => {
  expect(snippets.map(({ file, name }) => `${file} ${name}`)).toEqual([
    'README.md treering/counters',
    'README.md treering/period',
    'README.md treering',
    'docs/expvar.md treering/expvar',
    'docs/process.md treering/period',
  ])
})

it.each(snippets)('the snippet of $name in $file runs as it stands', ({ text }) => {
  expect(() => run(text)).not.toThrow()
})
