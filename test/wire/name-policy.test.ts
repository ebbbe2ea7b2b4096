import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { startAuthority, type RunningAuthority } from '../harness/running-authority.ts'
import { agentFor, aStepToken, send, type WireAnswer } from '../harness/wire-client.ts'

let ca: RunningAuthority
let agent: ReturnType<typeof agentFor>

beforeAll(async () => {
  ca = await startAuthority()
  agent = agentFor(ca.folder)
})
afterAll(async () => {
  agent.destroy()
  await ca.stop()
})

/** Puts these rules into force, for the authority and for its provisioner. */
async function enforce(ofAuthority: object, ofProvisioner: object): Promise<void> {
  const { authority } = JSON.parse(ca.folder.configWith({})) as { authority: { provisioners: [object] } }
  const [provisioner] = authority.provisioners
  const provisioners = [{ ...provisioner, options: { x509: ofProvisioner } }]
  await ca.reconfigure({ authority: { ...authority, provisioners, policy: { x509: ofAuthority } } })
}

function sign(...sans: readonly string[]): Promise<WireAnswer> {
  const ott = aStepToken(ca.folder, { sub: sans[0], sans })
  const body = JSON.stringify({ csr: encodePem('CERTIFICATE REQUEST', aCsr().der), ott })
  return send(agent, `${ca.url}/1.0/sign`, { body })
}

describe('POST /sign under rules about names', () => {
  it('issues what they allow and refuses the rest by name', async () => {
    await enforce({ allow: { dns: ['*.test'], ip: ['10.0.0.0/8'] } }, { deny: { dns: ['bad.test'] } })
    expect((await sign('web.test', '10.0.0.1')).status).toBe(201)
    for (const [names, refused] of [
      [['bad.test'], 'dns name "bad.test"'],
      [['web.example'], 'dns name "web.example"'],
      [['web.test', '192.0.2.1'], 'ip name "192.0.2.1"'],
      [['web.test', 'me@web.test'], 'email name "me@web.test"'],
    ] as const) {
      const answer = await sign(...names)
      const message = `The request was forbidden by the certificate authority: ${refused} not allowed`
      expect([answer.status, answer.body]).toEqual([403, `${JSON.stringify({ status: 403, message })}\n`])
      const line = await ca.lineOf(String(answer.headers['x-request-id']))
      expect(line.err).toMatchObject({ reason: 'NamePolicy', message: `${refused} not allowed` })
    }
  })

  it('keeps the rules in force where new ones are faulty, and lets everything where there are none', async () => {
    await enforce({ allow: { dns: ['a.test'] } }, {})
    await expect(enforce({ allow: { dns: ['.test'] } }, {})).rejects.toThrow(
      'authority.policy.x509.allow.dns[0] is not valid: ".test" begins with a dot: write "*.test"',
    )
    expect((await sign('b.test')).status).toBe(403)
    await enforce({}, {})
    expect((await sign('b.test')).status).toBe(201)
  })
})
