import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../../cluster/harness/run.ts'
import { runProgram, words } from '../../support/programs.ts'

/** Every kind of extension that `step` writes. */
const richTemplate = {
  subject: {
    country: ['CH', 'DE'],
    organization: 'Shop, Inc',
    organizationalUnit: ['A', 'B'],
    locality: 'Zürich',
    province: 'ZH',
    streetAddress: '1 Way',
    postalCode: '8000',
    serialNumber: '77',
    commonName: 'Rich + Co',
    extraNames: [
      { type: '1.2.840.113549.1.9.1', value: 'a@b.ch' },
      { type: '0.9.2342.19200300.100.1.25', value: 'shop' },
      { type: '1.2.3.4', value: 'odd' },
    ],
  },
  sans: [
    { type: 'dns', value: 'web.test' },
    { type: 'dns', value: 'b.test' },
    { type: 'ip', value: '10.0.0.1' },
    { type: 'ip', value: '2001:db8::1' },
    { type: 'email', value: 'me@shop.test' },
    { type: 'uri', value: 'spiffe://a.test/x' },
    { type: 'permanentIdentifier', value: '12345' },
    { type: '1.2.3.4.5', value: 'utf8:hello' },
    { type: 'hardwareModuleName', value: '{"type":"1.2.3","serialNumber":"MTIz"}' },
    { type: 'userPrincipalName', value: 'me@corp' },
  ],
  keyUsage: ['digitalSignature', 'keyEncipherment', 'keyAgreement', 'contentCommitment'],
  extKeyUsage: ['serverAuth', 'clientAuth', 'codeSigning', 'ocspSigning', 'timeStamping', 'microsoftServerGatedCrypto'],
  unknownExtKeyUsage: ['1.3.6.1.4.1.311.20.2.2', '2.23.133.8.1'],
  ocspServer: ['http://o.test', 'http://o2.test'],
  issuingCertificateURL: 'http://i.test/ca.crt',
  crlDistributionPoints: ['http://c.test/1.crl', 'http://c.test/2.crl'],
  policyIdentifiers: ['2.23.140.1.2.1', '1.2.3.4'],
  extensions: [
    { id: '1.2.3.4', critical: false, value: 'aGVsbG8gd8O2cmxkAAH/' },
    { id: '2.5.29.54', critical: false, value: 'AgEA' },
    // SEQUENCE { INTEGER 1, OCTET STRING "ops", OCTET STRING "key-id-1234", SEQUENCE OF "a", "b", "c" }
    { id: '1.3.6.1.4.1.37476.9000.64.1', value: 'MCACAQEEA29wcwQLa2V5LWlkLTEyMzQwCRMBYRMBYhMBYw==' },
  ],
}

const constrainedTemplate = {
  subject: { commonName: 'Constrained CA' },
  keyUsage: ['certSign', 'crlSign'],
  basicConstraints: { isCA: true, maxPathLen: 3 },
  nameConstraints: {
    critical: true,
    permittedDNSDomains: ['shop.test', '.a.test'],
    excludedDNSDomains: ['bad.test'],
    permittedIPRanges: ['10.0.0.0/8', '2001:db8::/32'],
    excludedIPRanges: ['10.1.0.0/16'],
    permittedEmailAddresses: ['shop.test'],
    excludedEmailAddresses: ['x@a.test'],
    permittedURIDomains: ['.u.test'],
    excludedURIDomains: ['v.test'],
  },
}

/** Files that `step` and `openssl` made, in a temporary folder. */
export type Samples = {
  readonly folder: string
  readonly file: (name: string) => string
  readonly certificates: readonly string[]
  readonly requests: readonly string[]
  readonly remove: () => void
}

const plain = words('--no-password --insecure --force')
const byInter = words('--ca inter.crt --ca-key inter.key')

/** Certificate, and what else its command line says. */
const certificates: readonly (readonly [name: string, more: readonly string[]])[] = [
  ['root', words('--profile root-ca')],
  ['inter', words('--profile intermediate-ca --ca root.crt --ca-key root.key')],
  ['leaf', [...byInter, ...words('--bundle --san leaf.test --san 10.1.1.1')]],
  ['rich', [...byInter, '--template', 'rich.tpl']],
  ['constrained', words('--ca root.crt --ca-key root.key --template constrained.tpl')],
  ['rsa', words('--profile self-signed --subtle --kty RSA')],
  ['ed25519', words('--profile self-signed --subtle --kty OKP')],
  ['p521', words('--profile self-signed --subtle --kty EC --curve P-521')],
]

const requests: readonly (readonly [name: string, more: readonly string[]])[] = [
  ['simple', words('--san a.test --san 10.0.0.1 --san a@b.test')],
  ['rich', words('--template rich.tpl')],
  ['constrained', words('--template constrained.tpl')],
  ['rsa', words('--kty RSA')],
]

export async function makeSamples(): Promise<Samples> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-samples-'))
  const file = (name: string): string => join(folder, name)
  writeFileSync(file('rich.tpl'), JSON.stringify(richTemplate))
  writeFileSync(file('constrained.tpl'), JSON.stringify(constrainedTemplate))
  const create = async (name: string, output: string, more: readonly string[]): Promise<void> => {
    const args = ['certificate', 'create', `${name}.test`, output, `${output}.key`, ...more, ...plain]
    const { status, stderr } = await runProgram('step', args, { cwd: folder, env: { STEPPATH: folder } })
    if (status !== 0) throw new Error(`step certificate create ${output}: ${stderr}`)
  }
  for (const [name, more] of certificates) {
    await create(name, `${name}.crt`, more)
    await run('mv', [file(`${name}.crt.key`), file(`${name}.key`)])
  }
  for (const [name, more] of requests) await create(name, `${name}.csr`, ['--csr', ...more])
  await byOpenssl(file)
  return {
    folder,
    file,
    certificates: [...certificates.map(([name]) => `${name}.crt`), 'pss.crt', 'sha1.crt', 'nobody.crt', 'leaf.der'],
    requests: [...requests.map(([name]) => `${name}.csr`), 'odd.csr'],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What `step` does not make. */
async function byOpenssl(file: (name: string) => string): Promise<void> {
  const rsa = [
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    file('other.key'),
    '-days',
    '9',
    '-subj',
    '/CN=other',
  ]
  const comment = ['-addext', 'nsComment=made by hand', '-addext', 'keyUsage=critical,digitalSignature,decipherOnly']
  await run('openssl', [
    'req',
    ...rsa,
    ...comment,
    '-sigopt',
    'rsa_padding_mode:pss',
    '-sha384',
    '-out',
    file('pss.crt'),
  ])
  await run('openssl', ['req', ...rsa, '-sha1', '-out', file('sha1.crt')])
  const nobody = [
    ...rsa.slice(0, -1),
    '/',
    '-addext',
    'subjectAltName=critical,DNS:nobody.test',
    '-set_serial',
    '0x0123',
  ]
  await run('openssl', ['req', ...nobody, '-out', file('nobody.crt')])
  await run('openssl', ['x509', '-in', file('leaf.crt'), '-outform', 'DER', '-out', file('leaf.der')])
  const odd = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-384',
    '-nodes',
    '-keyout',
    file('odd.key'),
    '-subj',
    '/',
  ]
  const usages = ['-addext', 'extendedKeyUsage=serverAuth,1.2.3.4,2.23.133.8.1', '-addext', '1.2.3.5=ASN1:UTF8:text']
  await run('openssl', ['req', ...odd, ...usages, '-out', file('odd.csr')])
}
