import { generateKeyPairSync, randomUUID, X509Certificate, type KeyObject } from 'node:crypto'
import type { Agent } from 'node:https'
import { encodePem } from '../../src/core/pem.ts'
import { aCsr } from '../builders/csr.ts'
import { aToken } from '../builders/tokens.ts'
import type { AuthorityFolder } from './authority-folder.ts'
import { aStepToken, send, type WireAnswer } from './wire-client.ts'

/** What an admin proves himself with: DER certificates, the one of his key first. */
export type AdminIdentity = { readonly chain: readonly Uint8Array[]; readonly privateKey: KeyObject }

/** Where an authority is reached, and what opens its first provisioner. */
export type AdminTarget = {
  readonly url: string
  readonly agent: Agent
  readonly folder: Pick<AuthorityFolder, 'provisioner'>
}

/** Has a certificate for `subject` issued by the folder's provisioner, as `step` does before each command. */
export async function anAdminIdentity(
  { url, agent, folder }: AdminTarget,
  subject = 'step',
  extra: object = {},
): Promise<AdminIdentity> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const csr = aCsr({ subject: { commonName: subject }, sans: [subject], privateKey })
  const ott = aStepToken(folder, { sub: subject, sans: [subject] })
  const body = JSON.stringify({ csr: encodePem('CERTIFICATE REQUEST', csr.der), ott, ...extra })
  const answer = await send(agent, `${url}/1.0/sign`, { body })
  if (answer.status !== 201) throw new Error(`/sign answered ${answer.status}: ${answer.body}`)
  const { certChain } = JSON.parse(answer.body) as { certChain: string[] }
  return { chain: certChain.map((pem) => new X509Certificate(pem).raw), privateKey }
}

/** The token of one request, as step's client makes it; `claims` and `header` replace or remove (undefined) some. */
export function anAdminToken(
  { chain, privateKey }: AdminIdentity,
  path: string,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): string {
  const now = Math.floor(Date.now() / 1000)
  const usual = {
    aud: `https://localhost:443${path}`,
    iss: 'step-admin-client/1.0',
    sub: 'step',
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + 300,
  }
  const x5c = chain.map((der) => Buffer.from(der).toString('base64'))
  return aToken({ ...usual, ...claims }, privateKey, { x5c, ...header })
}

export type AdminAnswer = Pick<WireAnswer, 'status' | 'headers' | 'body'> & {
  readonly json: Readonly<Record<string, unknown>>
}

/** Calls the admin API as this admin. */
export async function callAdmin(
  { url, agent }: AdminTarget,
  identity: AdminIdentity,
  method: string,
  path: string,
  body?: object,
): Promise<AdminAnswer> {
  const audience = path.split('?', 1)[0] ?? ''
  const answer = await send(agent, `${url}${path}`, {
    method,
    headers: { authorization: anAdminToken(identity, audience) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return readAnswer(answer)
}

/** An answer with its JSON. */
export function readAnswer({ status, headers, body }: WireAnswer): AdminAnswer {
  return { status, headers, body, json: JSON.parse(body) as Record<string, unknown> }
}
