import { hash } from 'node:crypto'

/**
 * A number from 0 to below 1 that looks random and depends on the text only: what would come together is spread by it, and
 * the same comes at the same time on every replica and after every restart.
 */
export function fractionOf(text: string): number {
  return hash('sha256', text, 'buffer').readUInt32BE() / 2 ** 32
}
