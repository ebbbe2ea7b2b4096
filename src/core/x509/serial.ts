import type { Random } from '../clock.ts'
import { toHex } from '../bytes.ts'

/** step-ca's: an integer of 128 random bits. */
const serialOctets = 16

/** A new serial number in decimal form, never zero. */
export function randomSerial(random: Random): string {
  const serial = BigInt(`0x${toHex(random.bytes(serialOctets))}`)
  return serial === 0n ? '1' : serial.toString()
}
