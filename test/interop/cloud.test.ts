import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr, type CsrOptions } from '../builders/csr.ts'
import { agentFor, send } from '../harness/wire-client.ts'
import { initFolder } from './support/ca-folder.ts'
import { contentOf, detailsOf } from './support/content-of.ts'
import { audienceOf, newInstance, startCloud, tenants, type FakeCloud } from '../harness/fake-cloud.ts'
import { seenOf, startPair, type Member, type Pair, type Seen } from './support/pair.ts'
import { runProgram, words } from './support/programs.ts'
import { serve } from './support/serve.ts'
import { stepHome } from './support/step-home.ts'

let cloud: FakeCloud
let pair: Pair

beforeAll(async () => {
  cloud = await startCloud()
  const { iidRoots } = cloud
  const filters = { disableCustomSANs: true, disableTrustOnFirstUse: true }
  const [tenantID, other] = tenants
  const provisioners = [
    { type: 'AWS', name: 'ec2', iidRoots, instanceAge: '876000h', claims: { maxTLSCertDuration: '48h' } },
    { type: 'AWS', name: 'ec2 strict', iidRoots, ...filters, accounts: ['123456789012'], imdsVersions: ['v2'] },
    { type: 'AWS', name: 'others', iidRoots, accounts: ['1'] },
    { type: 'AWS', name: 'young', iidRoots, instanceAge: '1h' },
    { type: 'AWS', name: 'published', accounts: [] },
    { type: 'GCP', name: 'gce', instanceAge: '1h' },
    { type: 'GCP', name: 'gce strict', ...filters, projectIDs: ['shop'], disableSSHCAHost: true },
    { type: 'GCP', name: 'other project', projectIDs: ['other'] },
    { type: 'GCP', name: 'other account', serviceAccounts: ['1'] },
    { type: 'GCP', name: 'young engines', instanceAge: '10m' },
    { type: 'Azure', name: 'vms', tenantId: tenantID },
    { type: 'Azure', name: 'vms strict', tenantID: other, ...filters, resourceGroups: ['backend'], objectIDs: [] },
  ]
  pair = await startPair({ authority: { provisioners } }, cloud.env)
})
afterAll(async () => {
  await pair.stop()
  cloud.stop()
})

it('lists the provisioners of clouds as step-ca does', async () => {
  const [ours, theirs] = await Promise.all([pair.signet, pair.stepCa].map(({ send }) => send('/provisioners')))
  expect(JSON.parse(theirs?.body ?? '')).toMatchObject({ provisioners: { length: 12 } })
  expect(theirs?.body).not.toContain('Uninitialized')
  expect(ours?.body).toBe(theirs?.body)
})

it('reads what step ca provisioner add writes, as step-ca does', async () => {
  const folder = await initFolder('step')
  try {
    for (const line of [
      'ec2 --type AWS --aws-account 123456789012 --instance-age 1h',
      'gce --type GCP --gcp-project shop --disable-custom-sans --disable-trust-on-first-use',
      `vms --type Azure --azure-tenant ${tenants[0]} --azure-resource-group backend --azure-audience api://ca`,
    ]) {
      const args = [...words(`ca provisioner add ${line}`), '--ca-config', folder.config]
      const added = await runProgram('step', args, { env: { STEPPATH: folder.path, ...cloud.env } })
      expect(added).toMatchObject({ status: 0 })
    }
    const lists: string[] = []
    for (const program of ['step-ca', 'signet'] as const) {
      const server = await serve(program, folder, { env: cloud.env })
      const agent = agentFor(folder)
      lists.push((await send(agent, `${folder.url}/provisioners`)).body)
      agent.destroy()
      await server.stop()
    }
    const [theirs, ours] = lists
    // step writes another case than step-ca knows; here the type is listed in its canonical one.
    expect(ours).toBe(theirs?.replace('"AZURE"', '"Azure"'))
    expect(ours).toMatch(/"AWS".*"123456789012".*"GCP".*"shop".*"Azure".*"backend".*"api:\/\/ca"/)
  } finally {
    folder.remove()
  }
})

describe('the real step on an instance', () => {
  /** What it says and gets, where it asks for these certificates one after the other. */
  async function ask({ url }: Member, provisioner: string, subject: string, ...names: readonly string[]) {
    const home = await stepHome(pair.folder, url, cloud.env)
    try {
      const answers = []
      for (const name of names) {
        const files = [`${name}.crt`, `${name}.key`]
        const { status, stderr } = await home.step('ca', 'certificate', subject, ...files, '--provisioner', provisioner)
        const found = status === 0 ? new X509Certificate(home.text(`${name}.crt`)) : undefined
        const said = stderr.replaceAll(url, 'URL')
        answers.push({ status, said, subject: found?.subject, names: found?.subjectAltName })
      }
      return answers
    } finally {
      home.remove()
    }
  }

  it.each([
    ['ec2', 'DNS:ip-10-158-112-84.us-west-2.compute.internal, DNS:web.test, IP Address:10.158.112.84'],
    ['gce', 'DNS:web-1.c.shop.internal, DNS:web-1.us-west1-c.c.shop.internal, DNS:web.test'],
    ['vms', 'DNS:step-vms, DNS:web.test'],
  ])('gets one certificate of %s, and no second one', async (provisioner, names) => {
    cloud.instance = `step-${provisioner}`
    const ours = await ask(pair.signet, provisioner, 'web.test', 'a', 'b')
    expect(ours).toEqual(await ask(pair.stepCa, provisioner, 'web.test', 'a', 'b'))
    expect(ours).toMatchObject([
      { status: 0, subject: 'CN=web.test', names },
      { status: 1, said: expect.stringContaining('The request lacked necessary authorization to be completed.') },
    ])
  })

  it.each(['ec2', 'gce', 'vms'])('renews a certificate of %s, which says the same again', async (provisioner) => {
    cloud.instance = `renewed-${provisioner}`
    for (const { url } of [pair.signet, pair.stepCa]) {
      const home = await stepHome(pair.folder, url, cloud.env)
      try {
        await home.step('ca', 'certificate', 'web.test', 'a.crt', 'a.key', '--provisioner', provisioner)
        const renewed = await home.step('ca', 'renew', 'a.crt', 'a.key', '--out', 'b.crt')
        expect(renewed).toMatchObject({ status: 0, stderr: expect.stringContaining('has been saved in b.crt') })
        // A renewal may write the extensions in another order.
        const linesOf = async (name: string) => (await detailsOf(home.text(name))).split('\n').toSorted()
        const after = await linesOf('b.crt')
        expect(after).toEqual(await linesOf('a.crt'))
        expect(after.join()).toContain('1.3.6.1.4.1.37476.9000.64.1')
      } finally {
        home.remove()
      }
    }
  })

  it.each([
    [
      'ec2 strict',
      'ip-10-158-112-84.us-west-2.compute.internal',
      'DNS:ip-10-158-112-84.us-west-2.compute.internal, IP Address:10.158.112.84',
    ],
    ['gce strict', 'web-1', 'DNS:web-1.c.shop.internal, DNS:web-1.us-west1-c.c.shop.internal'],
  ])('gets of %s the names that the cloud knows', async (provisioner, subject, names) => {
    cloud.instance = 'strict'
    const ours = await ask(pair.signet, provisioner, subject, 'a')
    expect(ours).toEqual(await ask(pair.stepCa, provisioner, subject, 'a'))
    expect(ours).toMatchObject([{ status: 0, subject: `CN=${subject}`, names }])
  })
})

/** Sends the same CSR and token to both. */
async function sign(csr: CsrOptions, ott: string): Promise<{ readonly ours: Seen; readonly theirs: Seen }> {
  const body = JSON.stringify({ csr: encodePem('CERTIFICATE REQUEST', aCsr(csr).der), ott })
  const post = async ({ send }: Member): Promise<Seen> => seenOf(await send('/1.0/sign', { body }))
  const [ours, theirs] = await Promise.all([post(pair.signet), post(pair.stepCa)])
  return { ours, theirs }
}

const expired = (): number => Math.floor(Date.now() / 1000) - 61
const four = ['web.test', '10.1.2.3', 'a@b.test', 'spiffe://cluster.local/ns/a/sa/b']
const own = { claims: { sub: '10.158.112.84' } }
const engines = ['web-1.c.shop.internal', 'web-1.us-west1-c.c.shop.internal']

describe('signet and step-ca give the same certificate for', () => {
  it.each<[string, CsrOptions, () => string]>([
    ['a CSR with names, on AWS', { subject: { commonName: 'web.test' }, sans: four }, () => cloud.awsToken('ec2')],
    ['one with more in its subject', { subject: { organization: ['A'] }, sans: four }, () => cloud.awsToken('ec2')],
    ['one without names, on AWS', { sans: [] }, () => cloud.awsToken('ec2 strict', own)],
    ['one with some, on AWS', { sans: ['10.158.112.84'] }, () => cloud.awsToken('ec2 strict', own)],
    ['a CSR with names, on GCP', { subject: { commonName: 'web' }, sans: four }, () => cloud.gcpToken('gce')],
    ['one without names, on GCP', { subject: { commonName: 'web-1' } }, () => cloud.gcpToken('gce strict')],
    ['one with some, on GCP', { sans: engines.slice(1) }, () => cloud.gcpToken('gce strict')],
    ['a CSR with names, on Azure', { subject: { commonName: 'web' }, sans: four }, () => cloud.azureToken(tenants[0])],
    ['one without names, on Azure', {}, () => cloud.azureToken(tenants[1])],
  ])('%s', async (_, csr, token) => {
    const { ours, theirs } = await sign(csr, token())
    expect([ours.status, theirs.status]).toEqual([201, 201])
    expect(await contentOf(ours)).toEqual(await contentOf(theirs))
  })
})

describe('signet and step-ca refuse with the same words', () => {
  const csr = { sans: ['web.test'] }
  it.each<[string, number, CsrOptions, () => string]>([
    ['another key, on AWS', 401, csr, () => cloud.awsToken('ec2', { key: 'another' })],
    ['a key that AWS does not publish', 401, csr, () => cloud.awsToken('published')],
    ['alg none, on AWS', 401, csr, () => cloud.awsToken('ec2', { header: { alg: 'none' } })],
    ['an expired token, on AWS', 401, csr, () => cloud.awsToken('ec2', { claims: { exp: expired() } })],
    ['another audience, on AWS', 401, csr, () => cloud.awsToken('ec2', { claims: { aud: audienceOf('aws/none') } })],
    ['another issuer, on AWS', 401, csr, () => cloud.awsToken('ec2', { claims: { iss: 'x' } })],
    ['no region', 401, csr, () => cloud.awsToken('ec2', { document: { region: '' } })],
    ['another account', 401, csr, () => cloud.awsToken('others')],
    ['an old instance, on AWS', 401, csr, () => cloud.awsToken('young')],
    ['a subject of its own, on AWS', 401, csr, () => cloud.awsToken('ec2 strict')],
    ['another common name, on AWS', 403, { subject: { commonName: 'x' } }, () => cloud.awsToken('ec2')],
    ['other DNS names, on AWS', 403, csr, () => cloud.awsToken('ec2 strict', own)],
    ['other IP addresses, on AWS', 403, { sans: ['10.0.0.1'] }, () => cloud.awsToken('ec2 strict', own)],
    ['another key, on GCP', 401, csr, () => cloud.gcpToken('gce', { key: 'another' })],
    ['an unknown key id, on GCP', 401, csr, () => cloud.gcpToken('gce', { header: { kid: 'x' } })],
    ['alg none, on GCP', 401, csr, () => cloud.gcpToken('gce', { header: { alg: 'none' } })],
    ['an expired token, on GCP', 401, csr, () => cloud.gcpToken('gce', { claims: { exp: expired() } })],
    ['another issuer, on GCP', 401, csr, () => cloud.gcpToken('gce', { claims: { iss: 'x' } })],
    ['another project', 401, csr, () => cloud.gcpToken('other project')],
    ['another service account', 401, csr, () => cloud.gcpToken('other account')],
    ['an old instance, on GCP', 401, csr, () => cloud.gcpToken('young engines')],
    ['no instance', 401, csr, () => cloud.gcpToken('gce', { claims: { google: {} } })],
    ['another common name, on GCP', 403, { subject: { commonName: 'x' } }, () => cloud.gcpToken('gce strict')],
    ['other DNS names, on GCP', 403, csr, () => cloud.gcpToken('gce strict')],
    ['an IP address, on GCP', 403, { sans: ['10.0.0.1'] }, () => cloud.gcpToken('gce strict')],
    ['another key, on Azure', 401, csr, () => cloud.azureToken(tenants[0], { key: 'another' })],
    ['another audience, on Azure', 401, csr, () => cloud.azureToken(tenants[0], { claims: { aud: 'x' } })],
    ['another issuer, on Azure', 401, csr, () => cloud.azureToken(tenants[0], { claims: { iss: 'x' } })],
    ['no resource', 401, csr, () => cloud.azureToken(tenants[0], { claims: { xms_mirid: 'x' } })],
    [
      'another resource group',
      401,
      {},
      () =>
        cloud.azureToken(tenants[1], {
          claims: {
            xms_mirid: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/${newInstance()}`,
          },
        }),
    ],
    ['another common name, on Azure', 403, { subject: { commonName: 'x' } }, () => cloud.azureToken(tenants[1])],
    ['an e-mail address, on Azure', 403, { sans: ['a@b.c'] }, () => cloud.azureToken(tenants[1])],
    ['a URI, on Azure', 403, { sans: ['urn:a:b'] }, () => cloud.azureToken(tenants[1])],
  ])('%s', async (_, status, csr, token) => {
    const { ours, theirs } = await sign(csr, token())
    expect([ours, ours.status]).toEqual([theirs, status])
  })

  it('a second token of an instance', async () => {
    const token = cloud.awsToken('ec2')
    expect((await sign(csr, token)).ours.status).toBe(201)
    const { ours, theirs } = await sign(csr, token)
    expect([ours, ours.status]).toEqual([theirs, 401])
  })
})
