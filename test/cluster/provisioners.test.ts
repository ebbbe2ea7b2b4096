import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import type { Authority, Provisioner, ProvisionerSpec } from '../../src/core/resources/index.ts'
import { parseCertificates } from '../../src/core/x509/certificate.ts'
import { aCsr } from '../builders/csr.ts'
import { anX5cCredential } from '../builders/x5c-credential.ts'
import { release } from './harness/install.ts'
import { createKubectl } from './harness/kubectl.ts'
import { tryRun } from './harness/run.ts'
import { authorityAccess, post } from './support/authority.ts'

const { kubeconfig, kubectl: binary } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)
const system = release.namespace
const credential = anX5cCredential(Date.now())
const url = 'https://signet.signet-system.svc/1.0'

type Wanted = { type: ProvisionerSpec['type'] } & Record<string, unknown>
const made = new Set<string>()
const folder = mkdtempSync(join(tmpdir(), 'signet-provisioners-'))

const patchAuthority = (spec: object) =>
  kubectl(['patch', 'authorities.signet.dev', 'signet', '--type=merge', '-p', JSON.stringify({ spec })])

async function put(name: string, spec: Wanted): Promise<void> {
  made.add(name)
  await kubectl.apply([{ apiVersion: 'signet.dev/v1', kind: 'Provisioner', metadata: { name }, spec }])
}

/** The Provisioner as soon as its condition Ready is about its present spec, and is this. */
function readyIs(name: string, status: 'True' | 'False', reason: string): Promise<Provisioner> {
  return kubectl.eventually(system, `Provisioner ${name} ${reason}`, 30_000, async () => {
    const found = await kubectl.get<Provisioner>('provisioners.signet.dev', name)
    const ready = found.status?.conditions?.find(({ type }) => type === 'Ready')
    const current = ready?.observedGeneration === found.metadata.generation
    return current && ready?.status === status && ready.reason === reason ? found : undefined
  })
}

async function sign(name: string) {
  const csr = encodePem('CERTIFICATE REQUEST', aCsr({ sans: [name] }).der)
  const ott = credential.token('machines', `${url}/sign#x5c/machines`, name)
  return post(await authorityAccess(kubectl), '/1.0/sign', JSON.stringify({ csr, ott }))
}

const machines: Wanted = {
  type: 'X5C',
  x5c: { roots: credential.roots },
  x509: {
    template: `{
  "subject": {"commonName": {{ toJson .Subject.CommonName }}, "organization": {{ toJson .team }}},
  "sans": {{ toJson .SANs }},
  "keyUsage": ["digitalSignature"],
  "extKeyUsage": ["serverAuth"]
}`,
    templateData: { team: ['Machines'] },
    allow: { dns: ['*.example.com'] },
  },
}

beforeAll(() => put('machines', machines))
afterAll(async () => {
  rmSync(folder, { recursive: true })
  if (made.size > 0) await kubectl(['delete', 'provisioners.signet.dev', '--ignore-not-found', ...made])
})

describe('a Provisioner of type X5C', () => {
  it('lets holders of certificates have what its template makes, within its rules', async () => {
    const { status } = await readyIs('machines', 'True', 'Loaded')
    expect(status?.audience).toBe(`${url}/sign#x5c/machines`)
    const answer = await sign('web.example.com')
    expect([answer.status, answer.body]).toEqual([201, expect.any(String)])
    const leaf = new X509Certificate((JSON.parse(answer.body) as { crt: string }).crt)
    expect(leaf.subject.split('\n').toSorted()).toEqual(['CN=web.example.com', 'O=Machines'])
    expect([leaf.subjectAltName, leaf.keyUsage]).toEqual(['DNS:web.example.com', ['1.3.6.1.5.5.7.3.1']])
    expect(await sign('web.example.org')).toMatchObject({ status: 403 })
  })
})

describe('a Provisioner of type OIDC', () => {
  const people: Wanted = {
    type: 'OIDC',
    oidc: { clientID: 'signet', configurationEndpoint: 'https://accounts.invalid', domains: ['example.com'] },
  }

  it('is Ready while nobody asks its provider, and listed with what step needs to log in', async () => {
    await put('people-oidc', people)
    const { status } = await readyIs('people-oidc', 'True', 'Loaded')
    expect(status?.audience).toBe('signet')
  })

  it('does not take the tokens of an older one', async () => {
    // Made in the same second, the first by name counts as the older.
    await put('second-oidc', people)
    const { status } = await readyIs('second-oidc', 'False', 'Invalid')
    expect(status?.conditions?.[0]?.message).toBe(
      'spec.oidc.clientID: tokens of "signet" are those of Provisioner "people-oidc" already',
    )
    await kubectl(['delete', 'provisioners.signet.dev', 'people-oidc'])
    await readyIs('second-oidc', 'True', 'Loaded')
  })
})

describe('a template', () => {
  it('that is none is told by line and column, and changes nothing', async () => {
    const x509 = { template: '{\n  "subject": {{ toJson .Subject }},\n  "sans": {{ nope }}\n}' }
    await put('faulty', { ...machines, x509 })
    const { status } = await readyIs('faulty', 'False', 'Invalid')
    expect(status?.conditions?.[0]?.message).toBe(
      'spec.x509.template is not valid: template: template:3:13: function "nope" not defined',
    )
    await put('faulty', machines)
    await readyIs('faulty', 'True', 'Loaded')
  })
})

describe('revocation', () => {
  const service = () =>
    kubectl.get<{ spec: { clusterIP: string; ports: { port: number }[] } }>('service', 'signet', '-n', system)

  it('is seen in the list and by OCSP through the Service, by plain HTTP', async () => {
    const names = 'http://signet.signet-system.svc'
    await patchAuthority({
      crl: { enabled: true },
      ocsp: { enabled: true },
      urls: { ocsp: [`${names}/ocsp`], crl: [`${names}/crl`] },
    })
    try {
      const { clusterIP } = (await service()).spec
      await kubectl.eventually(system, 'a list by plain HTTP', 90_000, async () =>
        (await getPlainly(`http://${clusterIP}/crl`)) === undefined ? undefined : true,
      )
      const { crt, ca } = JSON.parse((await sign('gone.example.com')).body) as { crt: string; ca: string }
      const leaf = new X509Certificate(crt)
      expect(leaf.infoAccess).toContain(`${names}/ocsp`)
      expect(await ocspSays(clusterIP, crt, ca)).toContain('leaf.crt: good')
      const serial = BigInt(`0x${leaf.serialNumber}`).toString()
      const ott = credential.token('machines', `${url}/revoke#x5c/machines`, serial)
      const body = JSON.stringify({ serial, ott, reasonCode: 1, reason: 'lost', passive: true })
      expect((await post(await authorityAccess(kubectl), '/1.0/revoke', body)).status).toBe(200)
      expect(await ocspSays(clusterIP, crt, ca)).toContain('leaf.crt: revoked')
      expect(await listSays(`http://${clusterIP}/crl`)).toContain(`Serial Number: ${leaf.serialNumber}`)
    } finally {
      await patchAuthority({ crl: null, ocsp: null, urls: null })
      await kubectl.eventually(system, 'plain HTTP gone', 90_000, async () => {
        const { status, metadata } = await kubectl.get<Authority>('authorities.signet.dev', 'signet')
        const settled = status?.replicas?.every((one) => one.configGeneration === status.configGeneration)
        const ready = status?.conditions?.find(({ type }) => type === 'Ready')
        const closed = (await service()).spec.ports.every(({ port }) => port !== 80)
        const now = status?.observedGeneration === metadata.generation && ready?.status === 'True'
        return closed && now && settled === true && status?.replicas?.length === 1 ? true : undefined
      })
    }
  })
})

async function getPlainly(from: string): Promise<Buffer | undefined> {
  try {
    const answer = await fetch(from, { signal: AbortSignal.timeout(2000) })
    return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : undefined
  } catch {
    return undefined
  }
}

async function listSays(from: string): Promise<string> {
  writeFileSync(join(folder, 'list.crl'), (await getPlainly(from)) ?? '')
  const { stdout, stderr } = await tryRun('openssl', [
    'crl',
    '-inform',
    'DER',
    '-text',
    '-noout',
    '-in',
    join(folder, 'list.crl'),
  ])
  return stdout + stderr
}

/** What openssl makes of the answer; it verifies it against the roots of the Authority. */
async function ocspSays(address: string, leaf: string, issuer: string): Promise<string> {
  const { status } = await kubectl.get<Authority>('authorities.signet.dev', 'signet')
  const roots = (status?.roots ?? []).map(({ certificate }) => certificate).join('')
  expect(parseCertificates(roots).length).toBeGreaterThan(0)
  writeFileSync(join(folder, 'leaf.crt'), leaf)
  writeFileSync(join(folder, 'issuer.crt'), issuer)
  writeFileSync(join(folder, 'roots.crt'), roots)
  const files = ['-issuer', 'issuer.crt', '-cert', 'leaf.crt', '-CAfile', 'roots.crt', '-verify_other', 'issuer.crt']
  const { stdout, stderr } = await tryRun('openssl', ['ocsp', ...files, '-url', `http://${address}/ocsp`], {
    cwd: folder,
  })
  expect(stderr).toContain('Response verify OK')
  return stdout
}
