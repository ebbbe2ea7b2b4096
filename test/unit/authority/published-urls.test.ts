import { describe, expect, it } from 'vitest'
import { encodePem } from '../../../src/core/pem.ts'
import type { Certificate } from '../../../src/core/x509/certificate.ts'
import { extensionOids } from '../../../src/core/x509/oids.ts'
import { aConfig, anAuthority, someProvisioners } from '../../builders/authority.ts'
import { openssl } from '../core/x509/openssl.ts'
import { ops, request } from './jwk-harness.ts'

const context = { requestId: 'r-5' }
const urls = {
  ocsp: ['http://ca.test/ocsp'],
  issuer: ['http://ca.test/issuer.crt'],
  crl: ['http://ca.test/crl', 'http://b.test/crl'],
}
const configWith = (changes: Parameters<typeof aConfig>[0]) =>
  aConfig({ provisioners: someProvisioners(ops), ...changes })

const oidsOf = ({ extensions }: Certificate): string[] => extensions.map(({ oid }) => oid)
const said = ({ der }: Certificate): string =>
  openssl(['x509', '-noout', '-ext', 'authorityInfoAccess,crlDistributionPoints'], encodePem('CERTIFICATE', der))

describe('URLs in certificates', () => {
  it('are none by default', async () => {
    const { authority } = anAuthority(configWith({}))
    const { chain } = await authority.signX509(request(), context)
    expect(oidsOf(chain[0])).not.toContain(extensionOids.authorityInfoAccess)
    expect(oidsOf(chain[0])).not.toContain(extensionOids.crlDistributionPoints)
  })

  it('are those of the configuration, not critical, before the provisioner', async () => {
    const { authority } = anAuthority(configWith({ urls }))
    const { chain } = await authority.signX509(request(), context)
    expect(oidsOf(chain[0]).slice(-3)).toEqual([
      extensionOids.authorityInfoAccess,
      extensionOids.crlDistributionPoints,
      extensionOids.provisioner,
    ])
    const lines = said(chain[0])
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && line !== 'Full Name:')
    expect(lines).toEqual([
      'Authority Information Access:',
      'OCSP - URI:http://ca.test/ocsp',
      'CA Issuers - URI:http://ca.test/issuer.crt',
      'X509v3 CRL Distribution Points:',
      'URI:http://ca.test/crl',
      'URI:http://b.test/crl',
    ])
  })

  it('leave out what there is none of', async () => {
    const { authority } = anAuthority(configWith({ urls: { ocsp: [], issuer: [], crl: urls.crl } }))
    const { chain } = await authority.signX509(request(), context)
    expect(oidsOf(chain[0])).not.toContain(extensionOids.authorityInfoAccess)
    expect(oidsOf(chain[0])).toContain(extensionOids.crlDistributionPoints)
  })

  it('are not in the authority’s own certificate', async () => {
    const { authority } = anAuthority(configWith({ urls }))
    const { chain } = await authority.issueServerCertificate()
    expect(oidsOf(chain[0])).not.toContain(extensionOids.authorityInfoAccess)
  })

  it('stay at a renewal, and come where there were none', async () => {
    const test = anAuthority(configWith({}))
    const first = await test.authority.signX509(request(), context)
    test.authority.reconfigure(configWith({ urls }))
    const second = await test.authority.renewX509([first.chain[0].der], context)
    expect(said(second.chain[0])).toContain('URI:http://ca.test/ocsp')
    test.authority.reconfigure(configWith({ urls: { ...urls, ocsp: ['http://new.test/'] } }))
    const third = await test.authority.renewX509([second.chain[0].der], context)
    expect(said(third.chain[0])).toBe(said(second.chain[0]))
  })
})
