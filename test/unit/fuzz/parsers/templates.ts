import { certificateData } from '../../../../src/core/templates/certificate-data.ts'
import { defaultLimits } from '../../../../src/core/templates/engine/budget.ts'
import { fromJsonValue } from '../../../../src/core/templates/engine/values.ts'
import { parseTextTemplate, renderTextTemplate } from '../../../../src/core/templates/render.ts'
import { readStepCertificate } from '../../../../src/core/templates/step-json.ts'
import type { Json } from '../../../../src/core/templates/template.ts'
import { parseJson } from '../../../../src/core/json.ts'
import { SignetError } from '../../../../src/core/errors.ts'
import { noNames } from '../../../../src/core/names/names.ts'
import { createName } from '../../../../src/core/x509/name.ts'
import { aCsr } from '../../../builders/csr.ts'
import { renderContext } from '../../../builders/templates.ts'
import { corpus } from '../../../interop/templates/corpus.ts'
import { fuzzed, type FuzzedParser } from '../fuzz.ts'
import { jsonGrammar } from '../grammars/json.ts'
import { textGrammar } from '../grammars/text.ts'

/** Templates, the JSON that they give, and the data of strangers that go into them. */

const context = { limits: { ...defaultLimits, steps: 5000, allocation: 65_536 } }
const data = fromJsonValue(corpus[0]?.data ?? {})

const render = (template: string): string =>
  renderTextTemplate(parseTextTemplate(template), data, renderContext(context))

const valid = corpus
  .map(({ template }) => template)
  .filter((template) => {
    try {
      return render(template) !== undefined
    } catch {
      return false
    }
  })

const dictionary = [
  ..."{{ }} {{- -}} /* */ := = ( ) | . $ , \\ ` ' end else if range with define template block break continue nil true".split(
    ' ',
  ),
  ...'.list .map .text $x print printf dict list index set toJson regexFind until %v %999d 0x 1e9 -1'.split(' '),
]

const subject = { commonName: 'a', organization: ['o'], extraNames: [{ type: '1.2.3', value: 'x' }] }
const parts: readonly object[] = [
  { subject: 'a' },
  {
    subject: { commonName: 'a', country: 'DE' },
    rawSubject: Buffer.from(createName({ commonName: 'a', country: ['DE'] }).der).toString('base64'),
  },
  {
    sans: ['dns', 'ip', 'email', 'uri', 'auto'].map((type, index) => ({
      type,
      value: ['a.b', '10.0.0.1', 'a@b.c', 'https://a/b', '::1'][index],
    })),
  },
  { dnsNames: ['a.b'], ipAddresses: '10.0.0.1', emailAddresses: ['a@b.c'], uris: ['urn:a'] },
  { keyUsage: ['digitalSignature', 'crlSign'], extKeyUsage: 'serverAuth', unknownExtKeyUsage: ['1.2.3'] },
  { basicConstraints: { isCA: true, maxPathLen: 0 } },
  {
    nameConstraints: {
      critical: true,
      permittedDNSDomains: ['a.b'],
      excludedIPRanges: ['10.0.0.0/8'],
      permittedURIDomains: ['.c'],
    },
  },
  { extensions: [{ id: '1.2.3.4', critical: false, value: 'BQA=' }], policyIdentifiers: ['1.2.3'] },
  { ocspServer: 'http://a.b', issuingCertificateURL: ['http://a.b'], crlDistributionPoints: ['http://a.b'] },
  { issuer: 'x', version: 3, serialNumber: '', something: ['else'] },
]
/** Each part, and each two; of subjects only one. */
const certificateJson = parts.flatMap((one, index) => [
  one,
  ...parts.slice(Math.max(2, index)).map((two) => ({ ...one, ...two })),
])

const csr = aCsr({ subject, names: noNames })
const strangers = { subject, names: noNames, token: {}, authorization: [], csr, templateData: {} }
const showing = parseTextTemplate('{{ toJson .Insecure.User }}{{ .Insecure.User }}{{ .Token }}')

const json = (text: string): Json => {
  try {
    return parseJson(text) as Json
  } catch {
    throw new SignetError('malformed', 'no JSON')
  }
}

const uniqueTexts = (values: readonly object[]): string[] => [...new Set(values.map((value) => JSON.stringify(value)))]

export const templateParsers: readonly FuzzedParser[] = [
  fuzzed({
    title: 'templates',
    grammar: textGrammar(dictionary, /\{\{-? ?| ?-?\}\}|\$?\.?[A-Za-z]\w*|\d+|\s+|[^A-Za-z\d\s]/gu),
    seeds: [...new Set(valid)],
    parse: render,
    refusals: ['internal', 'malformed'],
  }),
  fuzzed({
    title: 'JSON of certificates',
    grammar: jsonGrammar([
      'any',
      'dns',
      'ip',
      '1.2.3',
      '10.0.0.0/8',
      'AAAA',
      '2.5.29.17',
      { id: '2.5.29.17', value: 'MAA=' },
    ]),
    seeds: uniqueTexts(certificateJson),
    parse: (text) => readStepCertificate(json(text)),
    refusals: ['malformed'],
  }),
  fuzzed({
    title: 'data of strangers in templates',
    grammar: jsonGrammar(),
    seeds: uniqueTexts(certificateJson),
    parse(text) {
      const value = json(text)
      const facts = { ...strangers, token: value, userData: value, webhooks: {} }
      return renderTextTemplate(showing, certificateData(facts), renderContext())
    },
    refusals: ['internal', 'malformed'],
  }),
]
