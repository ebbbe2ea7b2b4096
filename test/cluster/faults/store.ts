import { hash, X509Certificate } from 'node:crypto'
import { expect } from 'vitest'
import type { Kubectl } from '../harness/kubectl.ts'

/** Reads serials from standard input and writes, for each, the SHA-256 of every certificate that the store has for it. */
const look = `
const { DatabaseSync } = require('node:sqlite')
const { hash } = require('node:crypto')
const database = new DatabaseSync('/var/lib/signet/db.sqlite', { readOnly: true })
const find = database.prepare('SELECT certificate FROM certificates WHERE serial = ?')
const serials = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const found = serials.map((serial) => find.all(serial).map(({ certificate }) => hash('sha256', certificate)))
console.log(JSON.stringify(found))`

/** Asserts that the authority's store has each of these certificates (PEM, leaf first), and no serial stands for two. */
export async function expectInStore(kubectl: Kubectl, certificates: readonly string[]): Promise<void> {
  const held = certificates.map((pem) => new X509Certificate(pem))
  const serials = held.map(({ serialNumber }) => BigInt(`0x${serialNumber}`).toString())
  expect(new Set(serials).size).toBe(certificates.length)
  const command = ['node', '-e', look]
  const found = await kubectl.exec('signet-system', 'signet-0', 'authority', command, JSON.stringify(serials))
  expect(JSON.parse(found)).toEqual(held.map(({ raw }) => [hash('sha256', raw)]))
}
