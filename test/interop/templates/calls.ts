import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Arguments that each function of the table is called with: at least one list that is usual, one that is empty and one
 * that is wrong. A test fails where a function that is not refused has fewer than three.
 */
export const calls = JSON.parse(readFileSync(join(import.meta.dirname, 'calls.json'), 'utf8')) as Readonly<
  Record<string, readonly string[]>
>
