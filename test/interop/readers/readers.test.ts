import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../../src/core/pem.ts'
import { certificatesToPem } from '../../../src/core/x509/certificate.ts'
import { noon } from '../../builders/authority.ts'
import { ensurePackages } from '../../cluster/harness/packages.ts'
import { run } from '../../cluster/harness/run.ts'
import { buildGoProgram } from '../support/go-program.ts'
import { pythonWith } from '../support/python-tools.ts'
import { certtoolView } from './certtool.ts'
import { aRevocationList, everyKind, type Issued } from './issued.ts'
import { opensslView } from './openssl.ts'
import { peculiarVerifies, peculiarView } from './peculiar.ts'
import { normal, ourView, type View } from './view.ts'

type Kept = Issued & { readonly file: string; readonly above: string; readonly chain: string; readonly top: string }
type Pkilint = { readonly findings: readonly string[]; readonly view?: View }

/** All of them are valid half an hour after noon. */
const at = noon + 1_800_000
let work: string
let go: string
let python: string
let kept: readonly Kept[]

beforeAll(async () => {
  await ensurePackages([
    { what: 'openssl', package: 'openssl' },
    { what: 'certtool', package: 'gnutls-bin' },
    { what: 'faketime', package: 'faketime' },
  ])
  go = await buildGoProgram(import.meta.dirname)
  python = await pythonWith(join(import.meta.dirname, 'requirements.txt'))
  work = mkdtempSync(join(tmpdir(), 'readers-'))
  kept = (await everyKind()).map((issued, index) => {
    const { certificate, issuer, root } = issued
    const isRoot = certificate.der === root.der
    return {
      ...issued,
      file: write(`${index}.pem`, certificatesToPem(certificate)),
      above: write(`${index}-issuer.pem`, certificatesToPem(issuer)),
      top: write(`${index}-root.pem`, certificatesToPem(root)),
      chain: write(
        `${index}-chain.pem`,
        certificatesToPem(
          ...(isRoot ? [root] : issuer.der === root.der ? [certificate, root] : [certificate, issuer, root]),
        ),
      ),
    }
  })
}, 900_000)
afterAll(() => rmSync(work, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = join(work, name)
  writeFileSync(file, text)
  return file
}

/** The same for each, two at a time, so that a slow machine has the whole budget. */
async function each<Result>(read: (one: Kept) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let index = 0; index < kept.length; index += 2) {
    results.push(...(await Promise.all(kept.slice(index, index + 2).map(read))))
  }
  return results
}

const ours = () => kept.map(({ kind, certificate }) => [kind, ourView(certificate)])
const beside = (views: readonly View[]) => kept.map(({ kind }, index) => [kind, views[index]])
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

describe('every kind of certificate', () => {
  it('is read by openssl as it was meant, and verified', async () => {
    expect(beside(await each(({ file }) => opensslView(file)))).toEqual(ours())
    const verified: string[] = []
    for (const group of Map.groupBy(kept, ({ issuer }) => issuer).values()) {
      const [{ above, top }, files] = [group[0] as Kept, group.map(({ file }) => file)]
      const trust = ['-x509_strict', '-attime', String(at / 1000), '-CAfile', top, '-untrusted', above]
      verified.push(await run('openssl', ['verify', ...trust, ...files]))
    }
    expect(verified.join('').split('\n').filter(Boolean).toSorted()).toEqual(
      kept.map(({ file }) => `${file}: OK`).toSorted(),
    )
  })

  it('is read by Go’s crypto/x509 as it was meant, and its signature verified', async () => {
    const views = lines(
      await run(
        go,
        kept.flatMap(({ file, above }) => [file, above]),
      ),
    ) as View[]
    expect(beside(views.map(normal))).toEqual(ours())
  })

  it('is read by @peculiar/x509 as it was meant, and verified', async () => {
    // Of otherNames it shows user principal names alone.
    const shown = ({ sans, ...view }: View): View => ({ ...view, sans: sans.filter((san) => san !== 'otherName') })
    const views = kept.map(({ certificate }) => shown(peculiarView(certificatesToPem(certificate))))
    expect(beside(views)).toEqual(kept.map(({ kind, certificate }) => [kind, shown(ourView(certificate))]))
    const verified = await each(({ certificate, issuer }) =>
      peculiarVerifies(certificatesToPem(certificate), certificatesToPem(issuer), at),
    )
    expect(verified).toEqual(kept.map(() => true))
  })

  it('is read by certtool as it was meant, and verified', async () => {
    expect(beside(await each(({ file }) => certtoolView(file)))).toEqual(ours())
    // This certtool knows no other time than the machine's.
    const verify = ['certtool', '--verify', '--load-ca-certificate']
    const verified = await each(({ chain, top }) =>
      run('faketime', [new Date(at).toISOString(), ...verify, top, '--infile', chain], { env: { TZ: 'UTC' } }),
    )
    expect(verified.map((text) => /Chain verification output: (.*?\.)/.exec(text)?.[1])).toEqual(
      kept.map(() => 'Verified.'),
    )
  })

  it('is read by pkilint as it was meant, without a finding that is not declared', async () => {
    const said = lines(
      await run(python, [join(import.meta.dirname, 'read.py'), ...kept.map(({ file }) => file)]),
    ) as Pkilint[]
    expect(beside(said.map(({ view }) => normal(view as View)))).toEqual(ours())
    const found = kept.flatMap(({ kind }, index) =>
      (said[index]?.findings ?? []).filter((finding) => !isDeclared(kind, finding)).map((finding) => [kind, finding]),
    )
    expect(found).toEqual([])
  })
})

/** What pkilint finds and we mean: the code, the kinds of certificates that may have it, and the reason. */
const declared: readonly (readonly [code: string, kinds: RegExp, reason: string])[] = [
  [
    'pkix.invalid_domain_name_syntax',
    /plain kind/,
    'a wildcard, which RFC 5280 leaves open and TLS clients know (RFC 9525)',
  ],
  ['pkix.invalid_uri_syntax', /plain kind|a pod/, 'a SPIFFE ID: a URI of RFC 3986, though none of the web'],
  [
    'pkix.key_usage_value_prohibited_for_ec',
    /Certificate$/,
    'the usages of who names none, as cert-manager has them for each key',
  ],
  ['pkix.invalid_email_address_syntax', /a CA of a Certificate/, 'a constraint may be a host (RFC 5280 §4.2.1.10)'],
  ['pkix.invalid_uri_syntax', /a CA of a Certificate/, 'a constraint is a host, not a URI (RFC 5280 §4.2.1.10)'],
]

function isDeclared(kind: string, finding: string): boolean {
  return declared.some(([code, kinds]) => finding.split(' ')[1] === code && kinds.test(kind))
}

describe('a revocation list', () => {
  it('is read and verified by openssl, certtool and Go, and pkilint finds nothing', async () => {
    const { der, issuer } = await aRevocationList()
    const list = write('list.pem', encodePem('X509 CRL', der))
    const above = write('list-issuer.pem', certificatesToPem(issuer))
    await run('openssl', ['crl', '-noout', '-verify', '-CAfile', above, '-in', list])
    expect(await run('certtool', ['--crl-info', '--infile', list])).toMatch(/Revoked certificates \(1\):/)
    expect(lines(await run(go, [list, above]))).toEqual([{ revoked: 1 }])
    const [said] = lines(await run(python, [join(import.meta.dirname, 'read.py'), list])) as Pkilint[]
    expect(said?.findings).toEqual([])
  })
})
