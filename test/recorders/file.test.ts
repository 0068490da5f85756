import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openRecorder } from '../../src/recorders/index.ts'
import { SILENT } from '../../src/utils/index.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'
import { need } from '../support/need.ts'
import { tinyDisk } from '../support/tinydisk.ts'
import { until } from '../support/until.ts'
import { recorderContract } from './contract.ts'
import { AT, openQueue, shipmentOf, shipments } from './support.ts'

const never = () => new AbortController().signal

function fileRecorder(path: string, options: object = {}, log = SILENT) {
  return openRecorder('Main', { type: 'file', options: { path, ...options } }, log)
}

/** The field `n` of each line. */
const numbersIn = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).n as number)

recorderContract({
  kind: 'file',
  exact: true,
  async open() {
    const path = join(newFolder(), 'out', 'documents.ndjson')
    const recorder = await fileRecorder(path)
    const taken = async () =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((text) => {
          const at = Date.parse(/"@timestamp":"([^"]+)"/.exec(text)?.[1] ?? '')
          return [...text.matchAll(/"([^"]+)":(-?[\d.e-]+)[,}]/g)].map(([, name, value]) => ({
            at,
            name: name!,
            value: value!,
          }))
        })
    return { recorder, taken }
  },
  openUnreachable: async () => fileRecorder('/proc/nowhere/documents.ndjson'),
})

describe('a file of documents', () => {
  it('has a line for each, whole', async () => {
    const path = join(newFolder(), 'documents.ndjson')
    const recorder = await fileRecorder(path)
    await recorder.record(
      [shipmentOf({ a: 1, text: 'x"\n\u2028', list: [0.1, 666], none: null, reader: 'mine' })],
      never(),
    )
    await recorder.close?.()
    expect(readFileSync(path, 'utf8')).toBe(
      '{"@timestamp":"2026-11-22T03:00:00.500Z","reader":"FirstApp","type_name":"my_app1","a":1,"text":"x\\"\\n\u2028","list":[0.1,666],"none":null,"reader_":"mine"}\n',
    )
  })

  it('goes on where it ended, behind a line that was cut', async () => {
    const path = join(newFolder(), 'documents.ndjson')
    writeFileSync(path, '{"n":0}\n{"n":1,"te')
    const recorder = await fileRecorder(path)
    await recorder.record(shipments(2, 2), never())
    await recorder.close?.()
    expect(readFileSync(path, 'utf8').split('\n').slice(0, 2)).toEqual(['{"n":0}', '{"n":1,"te'])
    expect(
      readFileSync(path, 'utf8')
        .split('\n')
        .slice(2, -1)
        .map((line) => JSON.parse(line).n),
    ).toEqual([2, 3])
  })

  it('is set aside when it is full, and the oldest go', async () => {
    const folder = newFolder()
    const path = join(folder, 'documents.ndjson')
    writeFileSync(join(folder, 'documents.old.ndjson'), 'mine')
    const recorder = await fileRecorder(path, { maxBytes: 2000, keep: 3 })
    for (let i = 0; i < 60; i++) await recorder.record(shipments(5, i * 5), never())
    await recorder.close?.()
    const files = readdirSync(folder)
      .filter((name) => /^documents\.\d/.test(name))
      .sort()
    expect(files).toHaveLength(3)
    for (const name of [...files, basename(path)])
      expect(readFileSync(join(folder, name)).length).toBeLessThanOrEqual(2000)
    const numbers = [...files, basename(path)].flatMap((name) => numbersIn(join(folder, name)))
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 300 - numbers.length + i))
    expect(readFileSync(join(folder, 'documents.old.ndjson'), 'utf8')).toBe('mine')
  })

  it('is set aside when it is old', async () => {
    const folder = newFolder()
    const path = join(folder, 'documents.ndjson')
    const recorder = await fileRecorder(path, { maxAgeMs: 200 })
    await recorder.record(shipments(1), never())
    await recorder.record(shipments(1, 1), never())
    await sleep(250)
    await recorder.record(shipments(1, 2), never())
    await recorder.close?.()
    expect(readdirSync(folder)).toHaveLength(2)
    expect(numbersIn(path)).toEqual([2])
  })

  it('whose old ones cannot be deleted is written on, and that is said', async () => {
    const folder = newFolder()
    const path = join(folder, 'documents.ndjson')
    // A folder in the place of an old file.
    mkdirSync(join(folder, 'documents.2020-01-01T00-00-00.000Z.ndjson'))
    const log = keptLog()
    const recorder = await fileRecorder(path, { maxBytes: 600, keep: 0 }, log)
    await recorder.record(shipments(5), never())
    await recorder.record(shipments(5, 5), never())
    await recorder.close?.()
    expect(numbersIn(path)).toEqual([5, 6, 7, 8, 9])
    expect(log.said.map(({ message }) => message)).toEqual(['Main cannot rotate its file'])
  })

  it('on a full disk has no line twice and none cut, and goes on when there is room', async (context) => {
    const disk = tinyDisk(64)
    need(context, disk !== undefined, 'the right to mount a tmpfs')
    if (disk === undefined) return
    const path = join(disk, 'documents.ndjson')
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(40 * 1024))
    const { queue, offer } = await openQueue(await fileRecorder(path), { batchCount: 20 })
    offer(...Array.from({ length: 100 }, (_, n) => shipmentOf({ n, text: 'x'.repeat(200) }, { at: AT })))
    await until(() => queue.status().failures > 2)
    expect(queue.status().last_error).toContain('ENOSPC')
    truncateSync(ballast, 0)
    await until(() => queue.status().shipped === 100)
    expect(numbersIn(path)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })
})
