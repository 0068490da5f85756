/**
 * Writes documents to a file, a line of JSON each, in the form that the search recorders ship.
 *
 * A line is whole or not there: a write that fails is taken back, and a line that a crash cut gets an end before the next begins.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Log, MetricsError, makeFolder, messageOf } from '../../utils/index.ts'
import { DocumentWriter } from '../document.ts'
import type { Delivery, Recorder, Shipment } from '../recorder.ts'
import { FILE_DEFAULTS, type FileOptions, fileDestination } from './options.ts'
import { deleteOldest, setAside } from './rotation.ts'

const NEWLINE = 10

/** A recorder that opens its file with the first batch. */
export function createFileRecorder(name: string, given: FileOptions, log: Log): Recorder {
  const { path, maxBytes, maxAgeMs, keep } = { ...FILE_DEFAULTS, ...given }
  const writer = new DocumentWriter(given.fields)
  let file: { readonly handle: FileHandle; bytes: number; readonly since: number } | undefined

  async function opened(): Promise<NonNullable<typeof file>> {
    if (file !== undefined) return file
    makeFolder(dirname(resolve(path)))
    const handle = await open(path, 'a+')
    try {
      const { size, birthtimeMs } = await handle.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await handle.read(last, 0, 1, size - 1)
      const cut = size > 0 && last[0] !== NEWLINE
      if (cut) await handle.writeFile('\n')
      // Where the system does not know when a file was made, it is as old as this program.
      file = {
        handle,
        bytes: size + Number(cut),
        since: size > 0 && birthtimeMs > 0 ? birthtimeMs : Date.now(),
      }
      return file
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async function close(): Promise<void> {
    const { handle } = file ?? {}
    file = undefined
    await handle?.close()
  }

  /** A file that cannot be set aside, or an old one that cannot be deleted, keeps no document from being written. */
  async function rotate(): Promise<void> {
    try {
      await close()
      await setAside(path, Date.now())
      await deleteOldest(path, keep)
    } catch (error) {
      log.warn({ recorder: name, path, reason: messageOf(error) }, `${name} cannot rotate its file`)
    }
  }

  async function write(text: string): Promise<void> {
    const bytes = Buffer.byteLength(text)
    const { bytes: before, since } = await opened()
    if (before > 0 && (before + bytes > maxBytes || Date.now() - since > maxAgeMs)) await rotate()
    const into = await opened()
    try {
      await into.handle.writeFile(text)
      into.bytes += bytes
    } catch (error) {
      await into.handle.truncate(into.bytes).catch(() => {})
      await close().catch(() => {})
      throw error
    }
  }

  return {
    name,
    destination: fileDestination(given),
    takes: 'documents',
    async record(batch: readonly Shipment[]): Promise<Delivery> {
      let text = ''
      let shipped = 0
      for (const shipment of batch) {
        const begin = writer.begin(shipment)
        for (const fields of shipment.documents) text += `${writer.write(begin, fields)}\n`
        shipped += shipment.documents.length
      }
      try {
        if (text !== '') await write(text)
      } catch (error) {
        throw new MetricsError('unavailable', `cannot write ${path}: ${messageOf(error)}`, { cause: error })
      }
      return { shipped, refused: new Map() }
    },
    close,
  }
}
