import { utf8Bytes } from '../../../../src/core/bytes.ts'
import { DerReader } from '../../../../src/core/der/reader.ts'
import { decodePem, encodePem } from '../../../../src/core/pem.ts'
import { issuerFactsOf } from '../../../../src/core/x509/build.ts'
import { parseCertificate } from '../../../../src/core/x509/certificate.ts'
import { parseCertificateRequest } from '../../../../src/core/x509/csr.ts'
import { lintCertificateContent } from '../../../../src/core/x509/lint.ts'
import { encodeNameConstraints, nameConstraintViolation } from '../../../../src/core/x509/name-constraints.ts'
import { subjectFieldsOf } from '../../../../src/core/x509/name.ts'
import { parseOcspRequest } from '../../../../src/core/x509/ocsp-request.ts'
import { keyAlgorithmOf, readPublicKey } from '../../../../src/core/x509/public-key.ts'
import { leafContent } from '../../../builders/x509.ts'
import { fuzzed, type FuzzedParser } from '../fuzz.ts'
import { derGrammar } from '../grammars/der.ts'
import { textGrammar } from '../grammars/text.ts'
import * as seeds from '../seeds-x509.ts'

const template = leafContent(seeds.pki)
const issuer = issuerFactsOf(seeds.pki.intermediate)

/** What the authority reads of a request before it trusts it. */
function readRequest(input: Uint8Array): unknown {
  const { subject, names, spki, extensions } = parseCertificateRequest(input)
  const content = { ...template, subject, names, spki, extensions }
  return [subjectFieldsOf(subject), keyAlgorithmOf(spki), lintCertificateContent(content, issuer)]
}

function readCertificate(input: Uint8Array): unknown {
  const { names, subject, nameConstraints } = parseCertificate(input)
  if (nameConstraints === undefined) return subjectFieldsOf(subject)
  return [nameConstraintViolation(names, nameConstraints), encodeNameConstraints(nameConstraints)]
}

/** Every element as each of the kinds that it may be. */
function readElements(reader: DerReader): void {
  while (!reader.atEnd) {
    const element = reader.any('element')
    const { tag } = element
    const again = (): DerReader => new DerReader(element.der, 'element')
    if (tag === 0x01) again().boolean('boolean')
    if (tag === 0x02) again().integer('integer')
    if (tag === 0x03) again().bitString('bits')
    if (tag === 0x06) again().oid('oid')
    if (tag === 0x17 || tag === 0x18) again().time('time')
    if (tag === 0x30 || tag === 0x31 || tag >= 0xa0) readElements(reader.within(element, 'structure'))
  }
}

const label = 'CERTIFICATE REQUEST'
const pem = (der: Uint8Array): string => encodePem(label, der)
const pemShapes: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.replaceAll('\n', '\r\n'),
  (text) => `subject=a\n${text}\nissuer=b\n${text}`,
  (text) => text.replace('\n', '\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n'),
]
const pems = seeds.requests.slice(0, 60).map((der, index) => (pemShapes[index % 4] as (typeof pemShapes)[0])(pem(der)))

const everyDer = [...seeds.requests, ...seeds.certificates, ...seeds.ocspRequests]

const der = (title: string, inputs: readonly Uint8Array[], parse: (input: Uint8Array) => unknown): FuzzedParser =>
  fuzzed({ title, grammar: derGrammar, seeds: inputs, parse, refusals: ['malformed'] })

export const x509Parsers: readonly FuzzedParser[] = [
  der('DER', everyDer, (input) => readElements(new DerReader(input, 'DER'))),
  der('certificate requests', seeds.requests, readRequest),
  der('certificates', seeds.certificates, readCertificate),
  der('public keys', seeds.publicKeys, readPublicKey),
  der('OCSP requests', seeds.ocspRequests, parseOcspRequest),
  fuzzed({
    title: 'PEM',
    grammar: textGrammar(['-----BEGIN ', '-----END ', label, '-----', '=', ':', '\r', 'Proc-Type: 4,ENCRYPTED\n']),
    seeds: pems,
    // As files are read: octet by octet.
    parse: (input) => decodePem(Buffer.from(utf8Bytes(input)).toString('latin1')),
    refusals: ['malformed'],
  }),
]
