import { describe, expect, it } from 'vitest'
import { readJson } from '../../../src/core/json-reader.ts'
import { readStepPolicy } from '../../../src/core/policy/step/read.ts'
import { aConfig, anAuthority, someProvisioners } from '../../builders/authority.ts'
import { ops, request } from './jwk-harness.ts'

const policy = (json: object) => readJson(json, 'policy', readStepPolicy)
const all = { dns: ['*.example.com'], ip: ['10.0.0.0/8'] }
const sign = (ofAuthority: object, ofProvisioner: object) => {
  const provisioners = someProvisioners({ ...ops, options: { x509: ofProvisioner } })
  const { authority } = anAuthority(aConfig({ provisioners, policy: policy(ofAuthority) }))
  return authority.signX509(request(), { requestId: 'r-1' })
}

describe('rules of ca.json about names', () => {
  it('let what both the provisioner and the authority allow', async () => {
    const { chain } = await sign({ allow: all }, { allow: all })
    expect(chain[0].names).toMatchObject({ dns: ['web.example.com'], ips: ['10.0.0.1'] })
  })

  it.each([
    [{ allow: all }, { deny: { ip: ['10.0.0.0/24'] } }, 'ip name "10.0.0.1" not allowed'],
    [{ deny: { dns: ['web.example.com'] } }, { allow: all }, 'dns name "web.example.com" not allowed'],
    [{ allow: { dns: ['web.example.com'] } }, {}, 'ip name "10.0.0.1" not allowed'],
    [{ deny: { cn: ['WEB.example.com'] } }, {}, 'cn name "web.example.com" not allowed'],
  ])('authority %j, provisioner %j', async (ofAuthority, ofProvisioner, message) => {
    await expect(sign(ofAuthority, ofProvisioner)).rejects.toMatchObject({
      code: 'forbidden',
      reason: 'NamePolicy',
      message,
    })
  })

  it('do not stop renewals, as in step', async () => {
    const provisioners = someProvisioners(ops)
    const { authority } = anAuthority(aConfig({ provisioners }))
    const { chain } = await authority.signX509(request(), { requestId: 'r-1' })
    authority.reconfigure(aConfig({ provisioners, policy: policy({ deny: all }) }))
    await expect(authority.signX509(request(), { requestId: 'r-2' })).rejects.toMatchObject({ reason: 'NamePolicy' })
    const renewed = await authority.renewX509([chain[0].der], { requestId: 'r-3' })
    expect(renewed.chain[0].names).toEqual(chain[0].names)
  })

  it('are not shown in the list of provisioners', () => {
    const [provisioner] = someProvisioners({ ...ops, options: { x509: { allow: all }, ssh: {} } })
    expect(provisioner?.json['options']).toEqual({ x509: {}, ssh: {} })
  })
})
