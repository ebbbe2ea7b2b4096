import { beforeAll, describe, expect, it } from 'vitest'
import type { SignX509Request } from '../../../src/authority/grant.ts'
import { readProvisioners } from '../../../src/authority/provisioners/index.ts'
import { readJson } from '../../../src/core/json-reader.ts'
import { subjectFieldsOf } from '../../../src/core/x509/name.ts'
import { aConfig, anAuthority, someProvisioners } from '../../builders/authority.ts'
import { aCsr } from '../../builders/csr.ts'
import { ops, request, token } from './jwk-harness.ts'
import { chainOf, corp, credential, intermediate, request as x5cRequest } from './x5c-harness.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'

beforeAll(loadTextTemplates)

async function leafBy(x509: object, changes: Partial<SignX509Request> = {}) {
  const config = aConfig({ provisioners: someProvisioners({ ...ops, options: { x509 } }) })
  const { chain } = await anAuthority(config).authority.signX509(request(changes), { requestId: 'r-1' })
  return chain[0]
}

const template = `{
  "subject": {"commonName": {{ toJson .Subject.CommonName }}, "organization": {{ toJson .team }}},
  "sans": {{ toJson .SANs }},
  {{- if typeIs "*rsa.PublicKey" .Insecure.CR.PublicKey }}
  "keyUsage": ["keyEncipherment"],
  {{- else }}
  "keyUsage": ["digital_signature"],
  {{- end }}
  "extKeyUsage": {{ if .Token.admin }}["serverAuth"]{{ else }}"clientAuth"{{ end }},
  "unknownExtKeyUsage": ["1.2.3.4"],
  "ocspServer": "http://ocsp.example.com",
  "policyIdentifiers": ["1.2.3"],
  "extensions": [{"id": "1.2.3.4.5", "value": {{ asn1Enc (printf "utf8:%s" .Insecure.User.note) | toJson }}}]
}`

describe('sign by a template of the provisioner', () => {
  it('is tried ten times with one token, which no failure spends', async () => {
    const failing = { x509: { template: '{{ fail "not today" }}' } }
    const { authority } = anAuthority(aConfig({ provisioners: someProvisioners({ ...ops, options: failing }) }))
    const sign = (text: string) => authority.signX509(request({ token: text }), { requestId: 'r-1' })
    const [one, other] = [token(), token()]
    for (let attempt = 1; attempt <= 10; attempt++) {
      await expect(sign(one)).rejects.toMatchObject({
        code: 'malformed',
        message: expect.stringContaining('not today'),
      })
    }
    const tooMany = {
      code: 'unauthorized',
      reason: 'TooManyAttempts',
      message: 'the token was tried more than 10 times',
    }
    await expect(sign(one)).rejects.toMatchObject(tooMany)
    await expect(sign(other)).rejects.toMatchObject({ code: 'malformed' })
    // Whoever writes a template without faults lets the token in again, in time.
    authority.reconfigure(aConfig({ provisioners: someProvisioners(ops) }))
    await expect(sign(one)).resolves.toBeDefined()
  })

  it('says in the certificate what the template says', async () => {
    const leaf = await leafBy(
      { template, templateData: { team: ['Payments'] } },
      { templateData: { note: 'hé' }, csr: aCsr({ subject: { commonName: 'web.example.com' } }) },
    )
    expect(subjectFieldsOf(leaf.subject)).toEqual({ commonName: 'web.example.com', organization: ['Payments'] })
    expect(leaf.names).toEqual({ dns: ['web.example.com'], ips: ['10.0.0.1'], emails: [], uris: [] })
    expect([leaf.keyUsage, leaf.extKeyUsage]).toEqual([['digitalSignature'], ['clientAuth', '1.2.3.4']])
    const extension = leaf.extensions.find(({ oid }) => oid === '1.2.3.4.5')
    expect(Buffer.from(extension?.value ?? []).toString('hex')).toBe('0c0368c3a9')
    expect(leaf.extensions.map(({ oid }) => oid)).toEqual(
      expect.arrayContaining(['1.3.6.1.5.5.7.1.1', '2.5.29.32', '1.3.6.1.4.1.37476.9000.64.1']),
    )
  })

  it('knows the claims of the token', async () => {
    const plain = '{"subject": "x.example.com", "extKeyUsage": {{ toJson .Token.usage }}}'
    const leaf = await leafBy({ template: plain }, { token: token({ usage: 'codeSigning' }) })
    expect(leaf.extKeyUsage).toEqual(['codeSigning'])
  })

  it('knows the certificate that proves an X5C token, and no chain that proves nothing', async () => {
    const text = '{"subject": {{ with .AuthorizationCrt }}{{ toJson .Issuer.CommonName }}{{ else }}"none"{{ end }}}'
    const config = aConfig({ provisioners: someProvisioners({ ...corp, options: { x509: { template: text } } }) })
    const { chain } = await anAuthority(config).authority.signX509(x5cRequest(), { requestId: 'r-1' })
    expect(subjectFieldsOf(chain[0].subject)).toEqual({ commonName: 'Brought Intermediate CA' })
    const x5c = chainOf(credential(), intermediate.certificate)
    const leaf = await leafBy({ template: text }, { token: token({}, { x5c }) })
    expect(subjectFieldsOf(leaf.subject)).toEqual({ commonName: 'none' })
  })

  it('takes base64, and files as they are when the configuration is read', async () => {
    const plain = '{"subject": {{ toJson .Subject }}, "dnsNames": "from.example.com"}'
    const encoded = await leafBy({ template: Buffer.from(plain).toString('base64') })
    expect(encoded.names.dns).toEqual(['from.example.com'])
    const json = [{ ...ops, options: { x509: { templateFile: 'templates/leaf.tpl' } } }]
    const read: string[] = []
    const provisioners = readJson(json, '', (node) =>
      readProvisioners(node, (path) => {
        read.push(path)
        return plain
      }),
    )
    expect(read).toEqual(['templates/leaf.tpl'])
    const { authority } = anAuthority(aConfig({ provisioners }))
    const { chain } = await authority.signX509(request(), { requestId: 'r-1' })
    expect(chain[0].names.dns).toEqual(['from.example.com'])
  })

  it.each([
    ['{{ fail "not today" }}', 'malformed', 'not today'],
    [
      '{"subject":\n{{ .Subject.Nickname }}}',
      'internal',
      'template: template:2:11: executing "template" at <.Subject.Nickname>: can\'t evaluate field Nickname in type x509util.Subject',
    ],
    ['{"subject"', 'internal', 'the template of provisioner "ops" gives no certificate: its text is not JSON'],
    [
      '{"serialNumber": 5}',
      'internal',
      'the template of provisioner "ops" gives no certificate: certificate template.serialNumber is decided by the authority, not by templates',
    ],
    [
      '{"sans": [{"type": "x400Address", "value": "1.2.3"}]}',
      'internal',
      'the template of provisioner "ops" gives no certificate: certificate template.sans[0].type is not known: use dns, ip, email, uri, auto, registeredID, permanentIdentifier, hardwareModuleName, dn, userPrincipalName or an object identifier',
    ],
    [
      '{"sans": [{"type": "1.2.3.4", "value": "raw:BQA="}]}',
      'internal',
      'the template of provisioner "ops" gives no certificate: certificate template.sans[0] is not valid: subject alternative name: name: expected tag 0xa0, found 0x05',
    ],
    [
      '{"subject": {"extraNames": [{"type": "2.5.4.3", "value": "root.example.com"}]}}',
      'internal',
      'the template of provisioner "ops" gives no certificate: certificate template.subject.extraNames[0].type is written as commonName',
    ],
    [
      '{"extensions": [{"id": "1.3.6.1.4.1.37476.9000.64.1", "value": "BQA="}]}',
      'internal',
      'the template of provisioner "ops" gives no certificate: certificate template.extensions[0].id is written by the authority',
    ],
  ])('refuses %s', async (text, code, message) => {
    const source = text.startsWith('{{') ? Buffer.from(text).toString('base64') : text
    await expect(leafBy({ template: source })).rejects.toMatchObject({ code, message })
  })

  it('has names in extensions checked as any others', async () => {
    // SEQUENCE { [2] "evil.example.org" } as subject alternative names, which policy forbids.
    const san = Buffer.from('3012821065' + Buffer.from('vil.example.org').toString('hex'), 'hex').toString('base64')
    const plain = `{"subject": "x", "extensions": [{"id": "2.5.29.17", "value": "${san}"}]}`
    expect((await leafBy({ template: plain })).names.dns).toEqual(['evil.example.org'])
    await expect(leafBy({ template: plain, deny: { dns: ['evil.example.org'] } })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  const upn = `{"subject": "x", "sans": [{"type": "dns", "value": "web.example.com"}, {"type": "userPrincipalName", "value": "jane@corp"}]}`
  const upnName = 'a019060a2b060104018237140203a00b0c096a616e6540636f7270'

  it('writes names of other kinds, which a renewal keeps', async () => {
    const config = aConfig({ provisioners: someProvisioners({ ...ops, options: { x509: { template: upn } } }) })
    const { authority } = anAuthority(config)
    const { chain } = await authority.signX509(request(), { requestId: 'r-1' })
    const renewed = await authority.renewX509([chain[0].der], { requestId: 'r-2' })
    for (const { names, otherNames } of [chain[0], renewed.chain[0]]) {
      expect(names).toEqual({ dns: ['web.example.com'], ips: [], emails: [], uris: [] })
      expect(otherNames.map((der) => Buffer.from(der).toString('hex'))).toEqual([upnName])
    }
  })

  it('has the other names beside them judged, and them refused, where there are rules about names', async () => {
    const forbidden = { code: 'forbidden', reason: 'NamePolicy' }
    await expect(leafBy({ template: upn, deny: { dns: ['web.example.com'] } })).rejects.toMatchObject({
      ...forbidden,
      message: 'dns name "web.example.com" not allowed',
    })
    await expect(leafBy({ template: upn, deny: { dns: ['other.example.com'] } })).rejects.toMatchObject({
      ...forbidden,
      message: 'otherName 1.3.6.1.4.1.311.20.2.3 not allowed: rules about names cannot judge it',
    })
    // As an extension: SEQUENCE { [8] 1.2.3.4 }.
    const raw = '{"subject": "x", "extensions": [{"id": "2.5.29.17", "value": "MAWIAyoDBA=="}]}'
    expect((await leafBy({ template: raw })).otherNames).toHaveLength(1)
    await expect(leafBy({ template: raw, allow: { cn: ['x'] } })).rejects.toMatchObject({
      ...forbidden,
      message: 'registeredID 1.2.3.4 not allowed: rules about names cannot judge it',
    })
  })
})
