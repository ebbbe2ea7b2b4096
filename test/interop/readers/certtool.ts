import { run } from '../../cluster/harness/run.ts'
import { normal, timeText, type View } from './view.ts'

/** GnuTLS's words for key usages. */
const keyUsages: Readonly<Record<string, string>> = {
  'Digital signature': 'digitalSignature',
  'Non repudiation': 'contentCommitment',
  'Key encipherment': 'keyEncipherment',
  'Data encipherment': 'dataEncipherment',
  'Key agreement': 'keyAgreement',
  'Certificate signing': 'certSign',
  'CRL signing': 'crlSign',
}

const extKeyUsages: Readonly<Record<string, string>> = {
  'TLS WWW Server': '1.3.6.1.5.5.7.3.1',
  'TLS WWW Client': '1.3.6.1.5.5.7.3.2',
  'Code signing': '1.3.6.1.5.5.7.3.3',
  'Email protection': '1.3.6.1.5.5.7.3.4',
  'OCSP signing': '1.3.6.1.5.5.7.3.9',
}

const attributes: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  street: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  postalCode: '2.5.4.17',
  EMAIL: '1.2.840.113549.1.9.1',
}

const sanKinds: readonly (readonly [start: RegExp, word: string])[] = [
  [/^DNSname: /, 'dns:'],
  [/^IPAddress: /, 'ip:'],
  [/^RFC822Name: /, 'email:'],
  [/^URI: /, 'uri:'],
  [/^(?:otherName OID|User Principal Name|XMPP Address): .*/, 'otherName'],
  [/^directoryName: .*/, 'directoryName'],
  [/^Registered ID: .*/, 'registeredID'],
]

/** What `certtool --certificate-info` reads. Fails where it reads nothing. */
export async function certtoolView(file: string): Promise<View> {
  const text = await run('certtool', ['--certificate-info', '--infile', file])
  const one = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? ''
  const listed = (title: string): string[] =>
    one(new RegExp(`\\t\\t${title} \\((?:not )?critical\\):\\n((?:\\t\\t\\t.*\\n)*)`))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  const named = (title: string, words: Readonly<Record<string, string>>): string[] =>
    listed(title).map((line) => words[line.replace(/\.$/, '')] ?? line)
  const [, limit] = /Path Length Constraint: (\d+)/.exec(text) ?? []
  const sans = listed('Subject Alternative Name').flatMap((line) => {
    const [start, word] = sanKinds.find(([pattern]) => pattern.test(line)) ?? []
    return start === undefined ? [] : [line.replace(start, word ?? '')]
  })
  return normal({
    serial: one(/Serial Number \(hex\): (.*)/),
    notBefore: timeText(Date.parse(one(/Not Before: (.*)/))),
    notAfter: timeText(Date.parse(one(/Not After: (.*)/))),
    subject: one(/\n\tSubject: (.*)/)
      .split(/(?<!\\)[,+]/)
      .filter((part) => part !== '')
      .map((part) => {
        const [type = '', ...value] = part.split('=')
        return `${attributes[type] ?? type}=${value.join('=').replaceAll(/\\(.)/g, '$1')}`
      }),
    sans,
    keyUsage: named('Key Usage', keyUsages),
    extKeyUsage: named('Key Purpose', extKeyUsages),
    authority: /Certificate Authority \(CA\): TRUE/.test(text) ? `CA ${limit ?? ''}`.trim() : '',
    subjectKeyId: listed('Subject Key Identifier')[0] ?? '',
    authorityKeyId: listed('Authority Key Identifier')[0] ?? '',
  })
}
