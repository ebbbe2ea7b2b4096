import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { isSignetError } from '../../../src/core/errors.ts'
import { encodePem } from '../../../src/core/pem.ts'
import { typeNames } from '../../../src/core/names/parse.ts'
import { certificateData } from '../../../src/core/templates/certificate-data.ts'
import { TemplateError } from '../../../src/core/templates/engine/template-error.ts'
import { parseTextTemplate, renderTextTemplate } from '../../../src/core/templates/render.ts'
import { readStepCertificate } from '../../../src/core/templates/step-json.ts'
import type { Json } from '../../../src/core/templates/template.ts'
import { assembleCertificate, buildTbsCertificate } from '../../../src/core/x509/build.ts'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import { createName } from '../../../src/core/x509/name.ts'
import { aCsr } from '../../builders/csr.ts'
import { renderContext } from '../../builders/templates.ts'
import { certificateTemplates, defaultTemplates } from './certificate-cases.ts'
import { renderWithGo, type GoCase, type GoResult } from './go-renderer.ts'

const subject = 'web.example.com'
const sans = ['web.example.com', '10.0.0.1', 'jane@example.com', 'https://example.com/a?b=c']
const asked = {
  commonName: 'asked.example.com',
  organization: ['Acmé', 'B'],
  country: ['DE'],
  extraNames: [
    { type: '1.2.840.113549.1.9.1', value: 'jane@example.com' },
    { type: '2.5.4.12', value: 'Dr' },
  ],
}
const requests = [
  aCsr({ subject: asked, sans: ['asked.example.com', '::1', 'a@example.com', 'spiffe://example.com/x'] }),
  aCsr({ privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }),
]
const data: Readonly<Record<string, Json>> = { Token: { sub: 'jane', admin: true, exp: 1_800_000_000 }, team: 'x' }

const cases = requests.flatMap((csr) => {
  const common = { data, subject, sans, request: encodePem('CERTIFICATE REQUEST', csr.der) }
  const texts = certificateTemplates.map((template): GoCase => ({ ...common, template }))
  const named = defaultTemplates.map((name): GoCase => ({ ...common, template: '', named: name }))
  return [...texts, ...named].map((one) => ({ one, csr }))
})

let theirs: readonly GoResult[]
beforeAll(async () => {
  theirs = await renderWithGo(cases.map(({ one }) => one))
}, 600_000)

/** The fields that a template decides, of the certificate that ours would sign. */
function ours({ csr }: (typeof cases)[number], template: string): unknown {
  try {
    const { Token = null, ...templateData } = data
    const facts = {
      subject: { commonName: subject },
      names: typeNames(sans),
      token: Token,
      authorization: [],
      csr,
      templateData,
    }
    const values = certificateData({ ...facts, userData: undefined, webhooks: {} })
    const output = renderTextTemplate(parseTextTemplate(template), values, renderContext())
    const rendered = readStepCertificate(JSON.parse(output) as Json)
    const name = createName(rendered.subject)
    const validity = { notBefore: 0, notAfter: 1000 }
    const content = { ...rendered, ...validity, serial: '1', subject: name, spki: csr.spki }
    const issuer = {
      subject: createName({ commonName: 'CA' }),
      subjectKeyId: undefined,
      signatureAlgorithm: 'ECDSA-SHA256',
    }
    const tbs = buildTbsCertificate(content, issuer)
    const leaf = parseCertificate(assembleCertificate(tbs, 'ECDSA-SHA256', new Uint8Array(64)))
    const pairs = leaf.extensions
      .filter(({ oid }) => oid !== '2.5.29.14' && oid !== '2.5.29.35')
      .map(({ oid, critical, value }) => [oid, `${critical} ${Buffer.from(value).toString('base64')}`])
    return {
      output,
      rawSubject: Buffer.from(name.der).toString('base64'),
      extensions: Object.fromEntries(pairs) as unknown,
    }
  } catch (error) {
    if (error instanceof TemplateError)
      return { kind: error.kind, ...(error.kind === 'fail' && { message: error.message }) }
    if (isSignetError(error) || error instanceof SyntaxError) return { kind: 'json' }
    throw error
  }
}

function expected({ kind, output, rawSubject, extensions = {}, message }: GoResult): unknown {
  if (kind === '') return { output, rawSubject, extensions }
  return kind === 'fail' ? { kind, message } : { kind: kind === 'certificate' ? 'json' : kind }
}

/** What Signet refuses and step does not, each for its reason. */
const stricter = new Map([
  ['{"subject":"x"} and more', 'JSON ends where it ends'],
  ['{"subject":"x","sans":[{"type":"1.2","value":"raw:BQA="}]}', 'an otherName has its value in [0], or it is none'],
])

describe('certificates by templates beside those of step', () => {
  it('have the same fields, octet by octet, or fail in the same way', () => {
    const different = cases.flatMap((one, index) => {
      const theirResult = theirs[index] as GoResult
      const template = theirResult.template ?? one.one.template
      if (stricter.has(template)) return []
      const [wanted, got] = [expected(theirResult), ours(one, template)]
      try {
        expect(got).toEqual(wanted)
        return []
      } catch {
        return [{ template, wanted, got, message: theirResult.message }]
      }
    })
    expect(different).toEqual([])
  })
})
