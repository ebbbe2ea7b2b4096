import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'

/** CSRs that no library of ours makes: openssl does, or single octets are changed. DER. */

function fromOpenssl(...keyFlags: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'signet-csr-'))
  try {
    const [key, csr] = ['key.pem', 'csr.pem'].map((name) => join(folder, name)) as [string, string]
    execFileSync('openssl', ['genpkey', ...keyFlags, '-out', key], { stdio: 'pipe' })
    execFileSync('openssl', ['req', '-new', '-key', key, '-subj', '/CN=web.test', '-out', csr], { stdio: 'pipe' })
    const [block] = decodePem(readFileSync(csr, 'utf8'))
    if (block === undefined) throw new Error('openssl wrote no CSR')
    return block.der
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const rsa1024 = (): Uint8Array => fromOpenssl('-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024')

export const p224 = (): Uint8Array => fromOpenssl('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-224')

/** The last octet of the modulus, found by the DER of the exponent 65537 that follows it, made even. */
export function evenModulus(): Uint8Array {
  const der = Buffer.from(fromOpenssl('-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'))
  const exponent = der.indexOf(Buffer.from([0x02, 0x03, 0x01, 0x00, 0x01]))
  if (exponent < 0) throw new Error('no exponent found')
  der[exponent - 1] = (der[exponent - 1] ?? 0) & 0xfe
  return der
}

/** The last octet of the signature changed. */
export function brokenSignature(): Uint8Array {
  const der = Buffer.from(aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'] }).der)
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
  return der
}
