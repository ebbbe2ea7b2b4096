import type { Random } from '../clock.ts'
import { toHex } from '../bytes.ts'

/** step-ca's: an integer of 128 random bits. */
const serialOctets = 16

/** A new serial number in decimal form, never zero. */
export function randomSerial(random: Random): string {
  const serial = BigInt(`0x${toHex(random.bytes(serialOctets))}`)
  return serial === 0n ? '1' : serial.toString()
}

/** Octets of a serial number (RFC 5280 §4.1.2.2). */
const maximumOctets = 20
/** Go's literals of whole numbers, without their sign: underscores stand between digits, or after the base. */
const literal = /^(?:0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|0|[1-9](?:_?[0-9])*)$/
const maximumLength = 256

/**
 * The decimal form of a serial number in any form that step takes: decimal, or with `0x`, `0o`, `0b` in front. undefined for
 * any other text, and for numbers that no certificate has.
 */
export function parseSerial(text: string): string | undefined {
  const digits = text.replace(/^\+/, '')
  if (text.length > maximumLength || !literal.test(digits)) return undefined
  const plain = digits.replaceAll('_', '').toLowerCase()
  const serial = BigInt(/^0[0-7]/.test(plain) ? `0o${plain}` : plain)
  return serial < 1n << BigInt(8 * maximumOctets) ? serial.toString() : undefined
}
