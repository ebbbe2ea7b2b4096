import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { equalBytes } from '../../../src/core/bytes.ts'
import { commonNameOf } from '../../../src/core/x509/name.ts'
import { aConfig, anAuthority, noon } from '../../builders/authority.ts'

describe('server certificate', () => {
  it('has the authority’s names, a key of its own, and a record', async () => {
    const { authority, events, store } = anAuthority(aConfig({ dnsNames: ['ca.example.com', '::1'] }))
    const { chain, record, privateKey } = await authority.issueServerCertificate()
    const [leaf] = chain
    expect(chain).toHaveLength(2)
    expect(commonNameOf(leaf.subject)).toBe('Step Online CA')
    expect(leaf.names).toEqual({ dns: ['ca.example.com'], ips: ['::1'], emails: [], uris: [] })
    expect([leaf.notBefore, leaf.notAfter]).toEqual([noon - 60_000, noon + 86_400_000])
    expect(leaf.extKeyUsage).toEqual(['serverAuth', 'clientAuth'])
    const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
    expect(equalBytes(spki, leaf.spki)).toBe(true)
    expect(record).toMatchObject({ issuedTo: { kind: 'authority' }, rule: 'authority', provisioner: { id: '' } })
    expect(await store.find(leaf.serial)).toEqual(record)
    expect(events.issuedRecords).toEqual([{ record, context: { operation: 'serve', requestId: '' } }])
    const again = await authority.issueServerCertificate()
    expect(equalBytes(again.chain[0].spki, leaf.spki)).toBe(false)
  })
})
