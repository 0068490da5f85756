/** Protocol buffers: the library's writer, and what it lacks. */
import type { PbfWriter } from 'pbf'

export { PbfReader, PbfWriter } from 'pbf'

/** Type of a field of eight bytes. Source: Protocol Buffers, "Encoding". */
const FIXED64 = 1

/** A text field. The library (5.1.2) spoils characters from U+20000 on; such texts go as bytes, which are the same on the wire. */
export function writeText(field: number, text: string, writer: PbfWriter): void {
  if (/[\ud800-\udfff]/.test(text)) writer.writeBytesField(field, Buffer.from(text))
  else writer.writeStringField(field, text)
}

/** An integer field of eight bytes, exact beyond 2^53. Negative ones as two's complement. */
export function writeFixed64(field: number, value: bigint, writer: PbfWriter): void {
  const halves = { low: Number(BigInt.asUintN(32, value)), high: Number(BigInt.asUintN(32, value >> 32n)) }
  writeHalves(field, halves, writer)
}

/** The same of its lower and upper 32 bits. */
export function writeHalves(
  field: number,
  { low, high }: { readonly low: number; readonly high: number },
  writer: PbfWriter,
): void {
  writer.writeTag(field, FIXED64)
  writer.writeFixed32(low)
  writer.writeFixed32(high)
}
