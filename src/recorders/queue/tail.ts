/** The newest file of a spool, while lines are added to it. */
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoOf } from '../../utils/index.ts'

/** At most one file at a time. Its methods throw the system's error. */
export class Tail {
  #file: FileHandle | undefined

  get open(): boolean {
    return this.#file !== undefined
  }

  /** Begins a file that is not there yet; the one before is closed. */
  async begin(path: string): Promise<void> {
    await this.close()
    this.#file = await open(path, 'ax').catch(async (error) => {
      if (errnoOf(error) !== 'ENOENT') throw error
      // Somebody took the folder away.
      await mkdir(dirname(path), { recursive: true })
      return open(path, 'ax')
    })
  }

  /**
   * Adds a text: it is on the disk, or, as far as the disk allows, nothing of it is, and the file is closed.
   *
   * @param size Bytes that the file has.
   */
  async write(text: string, size: number): Promise<void> {
    try {
      await this.#file!.writeFile(text)
      await this.#file!.datasync()
    } catch (error) {
      // A cut line would be joined with the next; if even this fails, a line more is unreadable.
      await this.#file!.truncate(size).catch(() => {})
      await this.close()
      throw error
    }
  }

  /** Nothing is added any more. */
  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}
