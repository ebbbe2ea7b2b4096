import { expect, it } from 'vitest'
import { readFileSync } from 'node:fs'

/** The rule as it stands in the CRD, run by JavaScript: RE2 and it agree on this pattern. */
const pattern = /self\.all\(key, self\[key\]\.matches\('(.+?)'\)\)/.exec(
  readFileSync('crds/signet.dev_certificates.yaml', 'utf8').replaceAll(/\s+/g, ' ').replaceAll("''", "'"),
)?.[1]

it.each([
  { value: '', taken: true },
  { value: 'web', taken: true },
  { value: 'a.b-c_D9', taken: true },
  { value: 'a b', taken: false },
  { value: '-a', taken: false },
  { value: 'a.', taken: false },
  { value: 'ä', taken: false },
])('a label of secretTemplate may be "$value": $taken', ({ value, taken }) => {
  expect(new RegExp(pattern ?? 'no rule').test(value)).toBe(taken)
})
