import { toHex } from './bytes.ts'
import type { Random } from './clock.ts'

/** A UUID of version 4, which is random (RFC 9562 §5.4). */
export function randomUuid(random: Random): string {
  const bytes = Uint8Array.from(random.bytes(16), (byte, index) => {
    if (index === 6) return (byte & 0x0f) | 0x40
    return index === 8 ? (byte & 0x3f) | 0x80 : byte
  })
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
