import { describe, expect, it } from 'vitest'
import type { LinkedProvisioner } from '../../../src/authority/admin/messages.ts'
import { objectOfProvisioner, provisionerOfObject } from '../../../src/authority/admin/objects.ts'
import type { StoredProvisioner } from '../../../src/authority/admin/state.ts'
import { builtInClaims } from '../../../src/core/claims.ts'
import { provisionerTypes } from '../../../src/core/resources/provisioners/blocks.ts'
import { withoutEmpty } from '../../../src/core/resources/provisioners/ca-json.ts'
import { loadTextTemplates } from '../../../src/core/templates/text-templates.ts'
import { writtenByOwner } from '../../fakes/memory-provisioner-objects.ts'
import { object, owner, refused, specs, stored } from './admin-objects-harness.ts'

await loadTextTemplates()

describe('a Provisioner object as the admin API has it', () => {
  it.each(provisionerTypes)('%s: becomes the same object again', (type) => {
    const one = object('it', specs[type])
    const provisioner = stored(one)
    expect(provisioner).toMatchObject({ id: 'uid-it', linked: { id: 'uid-it', name: 'it' } })
    const again = objectOfProvisioner(provisioner, undefined, owner)
    expect(again.metadata).toEqual({ name: 'it' })
    expect(withoutEmpty(again.spec)).toEqual(withoutEmpty(one.spec))
  })

  it('keeps its metadata through a change', () => {
    const metadata = { labels: { team: 'a' }, managedFields: writtenByOwner }
    const one = object('it', specs.JWK, metadata)
    expect(objectOfProvisioner(stored(one), one, owner).metadata).toEqual(one.metadata)
  })

  it('says nothing of SSH, which step asks for unless told otherwise', () => {
    const { linked, ...rest } = stored(object('it', specs.JWK))
    const wish: LinkedProvisioner = { ...linked, claims: { ssh: { enabled: true }, x509: { enabled: true } } }
    expect(objectOfProvisioner({ ...rest, linked: wish }, undefined, owner).spec.claims).toBeUndefined()
  })

  it('keeps a flag that says other than what it would inherit, and each value of the data of its template', () => {
    const x509 = { template: '{"subject": {}}', templateData: { flag: false, none: null, empty: '', list: [] } }
    const one = object('it', { ...specs.JWK, x509, claims: { allowRenewalAfterExpiry: false, disableRenewal: true } })
    const inherited = { ...builtInClaims, allowRenewalAfterExpiry: true, disableSmallstepExtensions: true }
    const provisioner = provisionerOfObject(one, 'an-id', inherited)
    if (provisioner === undefined) throw new Error('the object was not read')
    const { spec } = objectOfProvisioner(provisioner, undefined, { ...owner, claims: inherited })
    expect(spec.claims).toEqual({ allowRenewalAfterExpiry: false, disableRenewal: true })
    expect(spec.x509).toEqual(x509)
  })

  it('is not read where its type is one of a later version', () => {
    const later = { ...specs.JWK, type: 'Later' as 'JWK' }
    expect(provisionerOfObject(object('it', later), 'an-id', builtInClaims)).toBeUndefined()
  })

  it('is not read where it has a fault: its status says so', () => {
    const faulty = object('it', { ...specs.X5C, x5c: { roots: 'none' } })
    expect(provisionerOfObject(faulty, 'an-id', builtInClaims)).toBeUndefined()
  })
})

describe('a provisioner that cannot be an object', () => {
  const { linked, ...rest } = stored(object('it', specs.JWK))
  const attempt = (changes: Partial<StoredProvisioner['linked']>) => () =>
    objectOfProvisioner({ ...rest, linked: { ...linked, ...changes } }, undefined, owner)

  it('is refused for its name', () => {
    expect(attempt({ name: 'you@example.com' })).toThrow(
      expect.objectContaining(
        refused(
          'in a cluster the name of a provisioner is that of an object, lower-case letters, digits, "-" and ".": "you@example.com" is none',
        ),
      ),
    )
  })

  it('is refused for its type', () => {
    expect(attempt({ type: 'ACME', details: { ACME: {} } })).toThrow(
      expect.objectContaining(
        refused(
          'provisioners of type ACME are not kept in a cluster: of its objects there are JWK, K8sSA, OIDC, X5C, AWS, GCP, Azure',
        ),
      ),
    )
  })

  const hook = { name: 'people', url: 'https://hooks.example.com', kind: 'ENRICHING' as const, secret: 'c2VjcmV0' }
  const octets = (text: string): string => Buffer.from(text).toString('base64')
  it.each<[string, Partial<LinkedProvisioner>]>([
    ['options.webhooks', { webhooks: [hook] }],
    ['options.ssh', { sshTemplate: { template: octets('{"type": "user"}') } }],
  ])('is refused for what objects have no field for: %s', (path, changes) => {
    expect(attempt(changes)).toThrow(
      expect.objectContaining(refused(`a Provisioner object of type JWK cannot have this: ${path}`)),
    )
  })

  it('is refused where step cannot say which tokens of Kubernetes count', () => {
    expect(attempt({ type: 'K8SSA', details: { K8sSA: {} } })).toThrow(
      expect.objectContaining(
        refused(
          'step has no word for which tokens a provisioner of type K8sSA takes in a cluster: make the Provisioner object by kubectl',
        ),
      ),
    )
  })

  it('is refused for lives of SSH certificates by the API server, which has no field for them', () => {
    const claims = { ssh: { enabled: true as const, userDurations: { max: '1h' } } }
    expect(attempt({ claims })().spec.claims).toEqual({ maxUserSSHCertDuration: '1h' })
  })

  it('is refused for another name than its object has', () => {
    const old = object('it', specs.JWK, { managedFields: writtenByOwner })
    expect(() => objectOfProvisioner({ ...rest, linked: { ...linked, name: 'other' } }, old, owner)).toThrow(
      expect.objectContaining(refused('in a cluster a provisioner keeps its name, which is that of its object')),
    )
  })

  it.each([
    [{ labels: { 'signet.dev/managed': 'gitops' } }, 'label signet.dev/managed=gitops'],
    [
      { managedFields: [{ manager: 'argocd-controller', operation: 'Apply', fieldsV1: { 'f:spec': {} } }] },
      'field manager "argocd-controller"',
    ],
    [{ managedFields: [{ manager: owner.manager, fieldsV1: { 'f:metadata': {} } }] }, 'by somebody unknown'],
  ])('is refused where somebody else keeps the object: %j', (metadata, keeper) => {
    const old = object('it', specs.JWK, metadata)
    expect(() => objectOfProvisioner(stored(old), old, owner)).toThrow(
      expect.objectContaining(refused(`Provisioner it is kept elsewhere (${keeper}): change it there`)),
    )
  })

  it('may be changed where somebody else wrote its status alone', () => {
    const managedFields = [
      { manager: 'signet-operator', operation: 'Apply' as const, subresource: 'status', fieldsV1: { 'f:status': {} } },
      { manager: 'signet-authority', operation: 'Update' as const, fieldsV1: { 'f:spec': {} } },
    ]
    const old = object('it', specs.JWK, { managedFields })
    expect(objectOfProvisioner(stored(old), old, owner).metadata.name).toBe('it')
  })
})
