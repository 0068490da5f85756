/** Labels of a series as bytes: they are the same in every message. */
import { PbfWriter, writeText } from '../protobuf.ts'

/** Labels of most series fit into this. */
const USUAL_BYTES = 256

/** The fields `labels` of a `TimeSeries`, in this order. */
export function encodeLabels(labels: readonly (readonly [name: string, value: string])[]): Uint8Array {
  const writer = new PbfWriter(new Uint8Array(USUAL_BYTES))
  for (const label of labels) writer.writeMessage(1, writeLabel, label)
  // The writer's own buffer is larger.
  return writer.finish().slice()
}

function writeLabel([name, value]: readonly [string, string], writer: PbfWriter): void {
  writeText(1, name, writer)
  writeText(2, value, writer)
}
