import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authority, Provisioner } from '../../src/core/resources/index.ts'
import { loadTextTemplates } from '../../src/core/templates/text-templates.ts'
import { encodePem } from '../../src/core/pem.ts'
import { renderConfig } from '../../src/operator/controllers/authority/render/config.ts'
import { settingsOfAll } from '../../src/operator/provisioner-settings.ts'
import { aCsr } from '../builders/csr.ts'
import { anAuthoritySpec, provisionersOfAllTypes } from '../builders/resources.ts'
import { anX5cCredential } from '../builders/x5c-credential.ts'
import { fakeKubernetes } from '../fakes/fake-kubernetes.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, send } from '../harness/wire-client.ts'

const namespace = 'signet-system'
const host = 'signet.signet-system.svc'
const credential = anX5cCredential(Date.now())
let ca: RunningAuthority
let agent: ReturnType<typeof agentFor>

/** What the operator makes of these resources, but for files and addresses. */
function rendered(): Record<string, unknown> {
  const authority: Authority = {
    apiVersion: 'signet.dev/v1',
    kind: 'Authority',
    metadata: { name: 'signet' },
    spec: anAuthoritySpec({
      crl: { enabled: true, generateOnRevoke: true, cacheDuration: '24h' },
      ocsp: { enabled: true, validity: '1h' },
      urls: { ocsp: [`http://${host}/ocsp`], crl: [`http://${host}/crl`] },
      policy: { x509: { deny: { dns: ['secret.example.com'] } } },
    }),
  }
  const provisioners = Object.entries(provisionersOfAllTypes(credential.roots)).map(([type, spec]): Provisioner => {
    return { apiVersion: 'signet.dev/v1', kind: 'Provisioner', metadata: { name: type.toLowerCase() }, spec }
  })
  const { text } = renderConfig(authority, settingsOfAll(provisioners, authority, namespace), namespace)
  const { dnsNames, authority: section, crl, signet } = JSON.parse(text) as Record<string, unknown>
  return { dnsNames: ['localhost', ...(dnsNames as string[])], authority: section, crl, signet }
}

beforeAll(async () => {
  await loadTextTemplates()
  const cluster = fakeKubernetes()
  ca = await startAuthority({
    changes: { ...rendered(), insecureAddress: '127.0.0.1:0' },
    cluster: { reader: cluster, policy: cluster.policy, tell: () => undefined, close: () => undefined },
  })
  agent = agentFor(ca.folder)
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
})

const post = async (path: string, body: object) => {
  const answer = await send(agent, `${ca.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, string> }
}
const sign = (name: string) =>
  post('/1.0/sign', {
    csr: encodePem('CERTIFICATE REQUEST', aCsr({ sans: [name] }).der),
    ott: credential.token('x5c', `https://${host}/1.0/sign#x5c/x5c`, name),
  })

describe('an authority with what the operator renders', () => {
  it('lists a provisioner of each type', async () => {
    const answer = await send(agent, `${ca.url}/provisioners`)
    const { provisioners } = JSON.parse(answer.body) as { provisioners: { type: string; state?: string }[] }
    expect(provisioners.map(({ type }) => type)).toEqual(['AWS', 'Azure', 'GCP', 'JWK', 'K8sSA', 'OIDC', 'X5C'])
    expect(provisioners.every(({ state }) => state === undefined)).toBe(true)
  })

  it('signs by X5C, as the template says, under both rules about names', async () => {
    const { status, body } = await sign('web.example.com')
    const leaf = new X509Certificate(body['crt'] ?? '')
    expect([status, leaf.subjectAltName, leaf.keyUsage]).toEqual([201, 'DNS:web.example.com', ['1.3.6.1.5.5.7.3.1']])
    expect(leaf.infoAccess).toContain(`http://${host}/ocsp`)
    for (const name of ['evil.example.com', 'secret.example.com']) {
      expect(await sign(name)).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining(name) as string },
      })
    }
  })

  it('serves lists and OCSP without TLS, and nothing else', async () => {
    const port = ca.runtime.plainPort
    const answers = await Promise.all(['/crl', '/health'].map((path) => fetch(`http://127.0.0.1:${port}${path}`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 404])
  })
})
