import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificatesToPem } from '../../../src/core/x509/certificate.ts'
import { mlDsaAlgorithms } from '../../../src/core/x509/key-algorithm.ts'
import { mlDsaKeys } from '../../../src/core/x509/public-key.ts'
import { run } from '../../cluster/harness/run.ts'
import { pythonWith } from '../support/python-tools.ts'
import { ofMlDsa } from './issued.ts'

let work: string
let python: string
beforeAll(async () => {
  python = await pythonWith(join(import.meta.dirname, 'requirements.txt'))
  work = mkdtempSync(join(tmpdir(), 'ml-dsa-'))
}, 600_000)
afterAll(() => rmSync(work, { recursive: true, force: true }))

describe.each(mlDsaAlgorithms)('%s', (algorithm) => {
  it('is verified by another OpenSSL, that of Python’s cryptography, and pkilint finds nothing', async () => {
    const files = (await ofMlDsa(algorithm)).map(({ kind, certificate, issuer }) => {
      const pair = [certificate, issuer].map((each, index) => [join(work, `${kind}-${index}.pem`), each] as const)
      for (const [file, each] of pair) writeFileSync(file, certificatesToPem(each))
      return pair.map(([file]) => file)
    })
    const verified = await run(python, [join(import.meta.dirname, 'verify.py'), ...files.flat()])
    const name = `MLDSA${algorithm.slice(-2)}PublicKey`
    expect(verified.trim().split('\n')).toEqual(files.map(() => `${mlDsaKeys[algorithm].oid} ${name}`))
    const linted = await run(python, [join(import.meta.dirname, 'read.py'), ...files.map(([file = '']) => file)])
    const findings = linted
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { findings: string[] }).findings)
    // Of a root it cannot tell that its own key signed it, for which it misses the key identifier of the issuer.
    expect(findings).toEqual([['NOTICE pkix.aki_absent_self_issued_and_unsupported_algorithm certificate'], [], []])
  })
})
