/** What is told of the files that counters are read from. */
import type { FileSample } from '../../../src/counters/index.ts'
import { unreadable } from '../counters.ts'
import { Empty } from '../parts/empty.tsx'
import { moment } from '../units.ts'

/** What the file's program says of itself. */
export function FileFacts({ name, file }: { name: string; file: FileSample | undefined }) {
  const statics = (file?.statics ?? []).map(({ label, value }) => `${label}: ${value}`)
  const started = file?.started == null ? '' : `since ${moment(file.started / 1000)}`
  return (
    <p class="facts muted" dir="auto">
      {[name, file?.pid == null ? '' : `process ${file.pid}`, started, ...statics]
        .filter(Boolean)
        .join(' · ')}
    </p>
  )
}

interface FileNoteProps extends Pick<FileSample, 'error' | 'alive' | 'pid'> {
  readonly file: string
}

/** What is wrong with a file; of one whose program runs nothing. */
export function FileNote({ file, error, alive, pid }: FileNoteProps) {
  if (error !== null) {
    return (
      <p class="bad">
        <b dir="auto">{file}</b> {unreadable(file, error)}
      </p>
    )
  }
  if (alive) return null
  return (
    <p class="muted">
      <b dir="auto">{file}</b>: its process ({pid}) has ended; its counters stay as it left them.
    </p>
  )
}

export function NoFiles() {
  return (
    <Empty title="No counters files">
      <p>
        A program that writes its counters into a file of shared memory appears here by itself, without a
        restart.
      </p>
      <p>
        In Node: <code>import {'{ createCounters }'} from 'treering/counters'</code>. Files of Java (mc4j) and
        Go (mc4go) are read as they are, from the folder that the configuration names under{' '}
        <code>readers: counters: directory</code>.
      </p>
    </Empty>
  )
}
