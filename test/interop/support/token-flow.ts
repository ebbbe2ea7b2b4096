import { existsSync, writeFileSync } from 'node:fs'
import { encodePem } from '../../../src/core/pem.ts'
import { aCsr } from '../../builders/csr.ts'
import { contentOfFile, type User } from './flow.ts'
import { startPair, type Pair } from './pair.ts'

/** Shows in the certificate what it sees of the token. */
const template = `{
  "subject": { "commonName": {{ toJson .Subject.CommonName }}, "organization": {{ toJson .Token.user.team }} },
  "sans": {{ toJson .SANs }},
  "keyUsage": ["digitalSignature"]
}`

/** With the provisioners `ops` and `shop`, whose certificates say what is in the token. */
export function startTokenPair(): Promise<Pair> {
  return startPair((written) => {
    const [ops] = (written['authority'] as { readonly provisioners: readonly [object] }).provisioners
    return { authority: { provisioners: [ops, { ...ops, name: 'shop', options: { x509: { template } } }] } }
  })
}

type Claims = Readonly<Record<string, unknown>> & { readonly iat: number; readonly nbf: number; readonly exp: number }

/** In minutes: `step` counts from when it starts, and signs up to half a minute later. */
const soonAfter = (seconds: number): number => Math.floor((seconds + 27) / 30) / 2

/** A token without id and moment, and without the name of the authority. */
export function describeToken(text: string, { authority }: Pick<User, 'authority'>): object {
  const [header, payload] = text.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  const claims = JSON.parse((payload ?? '').replaceAll(authority.url, 'https://ca')) as Claims
  const { iat, nbf, exp, jti, ...others } = claims
  return {
    header: JSON.parse(header ?? '') as object,
    others,
    id: typeof jti === 'string' && /^[0-9a-f]{64}$/.test(jti),
    begins: soonAfter(nbf - iat),
    ends: soonAfter(exp - iat),
  }
}

export const password = ({ folder }: User): readonly string[] => [
  '--provisioner-password-file',
  folder.provisionerPasswordFile,
]

/** The key of the provisioner in the clear, so that nothing has to be opened with the password. */
export function byKey(user: User): readonly string[] {
  const { key, kid } = user.folder.provisioner
  writeFileSync(user.file('key.json'), JSON.stringify({ ...key.export({ format: 'jwk' }), kid, alg: 'ES256' }))
  return ['--key', 'key.json']
}

/** For `web.test`, with that name. */
const webCsr = encodePem('CERTIFICATE REQUEST', aCsr({ sans: ['web.test'], subject: { commonName: 'web.test' } }).der)

export const giveCsr = (user: Pick<User, 'file'>): void => writeFileSync(user.file('web.csr'), webCsr)

/** What comes of a CSR and a token: what `step` says, and the certificate but for its key. */
export async function use(user: User, token: string): Promise<object> {
  const said = await user.say('ca sign web.csr web.crt --force --token', token)
  return { said, ...(said.status === 0 && { content: await contentOfFile(user, 'web.crt') }) }
}

/** Makes a token and spends it. */
export async function tokenFlow(user: User, flags: string, more: readonly string[]): Promise<object> {
  giveCsr(user)
  const { stdout, stderr, status } = await user.say(`ca token web.test ${flags}`, ...more)
  const said = { status, stderr: stderr.replace(/(?<='requested token validity'=)1h59m[\d.]+s/, 'almost 2h') }
  const text = stdout.trim() || (existsSync(user.file('token')) ? user.text('token').trim() : '')
  return text === '' ? said : { said, token: describeToken(text, user), used: await use(user, text) }
}
