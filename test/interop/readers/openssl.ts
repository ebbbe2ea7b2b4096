import { run } from '../../cluster/harness/run.ts'
import { normal, timeText, type View } from './view.ts'

/** openssl's words for key usages. */
const keyUsages: Readonly<Record<string, string>> = {
  'Digital Signature': 'digitalSignature',
  'Non Repudiation': 'contentCommitment',
  'Key Encipherment': 'keyEncipherment',
  'Data Encipherment': 'dataEncipherment',
  'Key Agreement': 'keyAgreement',
  'Certificate Sign': 'certSign',
  'CRL Sign': 'crlSign',
}

/** Those of extended ones; openssl prints the rest as it has them. */
const extKeyUsages: Readonly<Record<string, string>> = {
  'TLS Web Server Authentication': '1.3.6.1.5.5.7.3.1',
  'TLS Web Client Authentication': '1.3.6.1.5.5.7.3.2',
  'Code Signing': '1.3.6.1.5.5.7.3.3',
  'E-mail Protection': '1.3.6.1.5.5.7.3.4',
  'OCSP Signing': '1.3.6.1.5.5.7.3.9',
}

const sanKinds: readonly (readonly [start: RegExp, word: string])[] = [
  [/^DNS:/, 'dns:'],
  [/^IP Address:/, 'ip:'],
  [/^email:/, 'email:'],
  [/^URI:/, 'uri:'],
  [/^othername:.*/, 'otherName'],
  [/^DirName:.*/, 'directoryName'],
  [/^Registered ID:.*/, 'registeredID'],
]

const shown = 'subjectAltName,keyUsage,extendedKeyUsage,basicConstraints,subjectKeyIdentifier,authorityKeyIdentifier'

/** What `openssl x509` reads. Fails where it reads nothing. */
export async function opensslView(file: string): Promise<View> {
  const names = ['-nameopt', 'sep_multiline,space_eq,utf8,oid']
  const fields = ['-serial', '-dates', '-subject', ...names, '-ext', shown]
  const text = await run('openssl', ['x509', '-in', file, '-noout', ...fields])
  const one = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? ''
  const listed = (title: string): string[] => {
    const line = one(new RegExp(`X509v3 ${title}:.*\\n\\s+(.*)`))
    return line === '' ? [] : line.split(/, (?=[A-Z0-9]|email:|othername:|URI:)/)
  }
  const hex = (title: string): string =>
    (listed(title)[0] ?? '')
      .replace(/^keyid:/, '')
      .replaceAll(':', '')
      .toLowerCase()
  const [, limit] = /pathlen:(\d+)/.exec(one(/Basic Constraints:.*\n(.*)/)) ?? []
  const subject = one(/subject=\n((?: {4}.*\n)*)/).split(/\n| \+ /)
  return normal({
    serial: one(/serial=(.*)/),
    notBefore: timeText(Date.parse(one(/notBefore=(.*)/))),
    notAfter: timeText(Date.parse(one(/notAfter=(.*)/))),
    subject: subject.map((line) => line.trim().replace(' = ', '=')).filter((line) => line !== ''),
    sans: listed('Subject Alternative Name').map((name) => {
      const [start, word] = sanKinds.find(([pattern]) => pattern.test(name)) ?? [/^/, 'unknown ']
      return name.replace(start, word)
    }),
    keyUsage: listed('Key Usage').map((name) => keyUsages[name] ?? name),
    extKeyUsage: listed('Extended Key Usage').map((name) => extKeyUsages[name] ?? name),
    authority: /CA:TRUE/.test(text) ? `CA ${limit ?? ''}`.trim() : '',
    subjectKeyId: hex('Subject Key Identifier'),
    authorityKeyId: hex('Authority Key Identifier'),
  })
}
