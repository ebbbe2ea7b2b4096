import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Agent } from 'node:https'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import type { RunningAuthority } from './running-authority.ts'
import { aStepToken, send } from './wire-client.ts'

/** A certificate that an authority issued, with its key, as a TLS client uses it. */
export type Identity = {
  /** PEM. */
  readonly leaf: string
  /** PEM, leaf first. */
  readonly chain: string
  readonly key: string
  readonly privateKey: KeyObject
}

/** Has a certificate for `web.test` issued by /sign; `extra` goes into the body. */
export async function anIdentity(ca: RunningAuthority, agent: Agent, extra: object = {}): Promise<Identity> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const csr = aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'], privateKey })
  const body = { csr: encodePem('CERTIFICATE REQUEST', csr.der), ott: aStepToken(ca.folder), ...extra }
  const answer = await send(agent, `${ca.url}/sign`, { body: JSON.stringify(body) })
  if (answer.status !== 201) throw new Error(`/sign answered ${answer.status}: ${answer.body}`)
  const { crt, certChain } = JSON.parse(answer.body) as { crt: string; certChain: string[] }
  const key = privateKey.export({ type: 'sec1', format: 'pem' }) as string
  return { leaf: crt, chain: certChain.join(''), key, privateKey }
}
