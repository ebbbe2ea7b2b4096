import { createPublicKey, type KeyObject } from 'node:crypto'
import { sha256Hex, utf8Bytes } from '../../core/bytes.ts'
import { SignetError } from '../../core/errors.ts'
import { addFault, isObject, readMembers, readText, readWord, type JsonNode } from '../../core/json-reader.ts'
import { typeNames } from '../../core/names/parse.ts'
import { leafTemplate } from '../../core/templates/template.ts'
import { tokenAlgorithmsOf, verifyToken, type VerifiedToken } from '../../core/tokens/verify.ts'
import type { X509Grant } from '../grant.ts'
import type { AuthorizeWorld, CommonSettings, Credential, Provisioner, ProvisionerKind } from './provisioner.ts'

/** The public members of a JWK in the order in which Go, and so step-ca, writes them. */
const keyMembers = ['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y', 'n', 'e'] as const
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

/** A token without an end stays spent for ever. */
const never = Infinity
/**
 * A spent token is remembered for the minute of tolerance (`verifyToken`) for which it is still accepted after its end, and
 * for an hour more, so that neither a slow request nor a clock that is set back brings it to life again.
 */
const keptMs = 3_660_000
/** Ids of step's tokens have 64 characters. */
const maximumIdLength = 256

type JwkSettings = CommonSettings & {
  readonly id: string
  readonly key: KeyObject
  readonly algorithms: readonly string[]
}

/** Tokens signed with one key, as `step ca token` makes them (step-ca's provisioner/jwk.go). */
export const jwkKind: ProvisionerKind = {
  type: 'JWK',
  typeNumber: 1,
  parse(node, common) {
    const members = readMembers(node, ['key', 'encryptedKey'], 'as Go')
    const { json, kid, key, algorithms } = readKey(members.need('key'))
    const encryptedKey = members.get('encryptedKey')
    const jwe = encryptedKey === undefined ? '' : readText(encryptedKey)
    const id = `${common.name}:${kid}`
    const settings: JwkSettings = { ...common, id, key, algorithms }
    return {
      ...common,
      id,
      tokenId: id,
      credentialId: kid,
      json: {
        type: common.type,
        name: common.name,
        key: json,
        ...(jwe !== '' && { encryptedKey: jwe }),
        ...common.lastMembers,
      },
      ...(jwe !== '' && { encryptedKey: { kid, jwe } }),
      needsKubernetes: false,
      authorizeX509Sign: (credential, world) => authorize(settings, credential, world),
    } satisfies Provisioner
  },
}

async function authorize(settings: JwkSettings, credential: Credential, world: AuthorizeWorld): Promise<X509Grant> {
  const { request } = credential
  const token = verifyToken(credential.token, settings.key, settings.algorithms, world.now)
  checkClaims(settings, token, world)
  const { subject } = token.claims
  const sans = token.claims.names.length > 0 ? token.claims.names : [subject]
  const names = typeNames(sans)
  checkConfirmation(token, request.csr.der)
  return {
    issuedTo: { kind: 'token', subject },
    regarding: undefined,
    use: { kind: 'once', ...idOf(settings, token) },
    csr: {
      match: 'equal',
      commonNames: [subject, ...sans],
      names,
      subject: undefined,
      isCA: true,
      keyAlgorithm: undefined,
      owner: `token of provisioner "${settings.name}"`,
    },
    subject: { commonName: subject },
    names,
    usages: undefined,
    isCA: false,
    template: leafTemplate,
    lifetime: {
      request: { notBefore: request.notBefore, notAfter: request.notAfter },
      wished: undefined,
      bound: false,
    },
    policy: undefined,
  }
}

function checkClaims(
  { name }: JwkSettings,
  { claims }: VerifiedToken,
  { audiences, tokensSince }: AuthorizeWorld,
): void {
  if (claims.issuer !== name) throw refuse(`the issuer (iss) of the token is not "${name}"`)
  if (!audiences.accepts('sign', claims.audience, '')) {
    throw refuse('the audience (aud) of the token is not for signing here', 'WrongAudience')
  }
  if (claims.subject === '') throw refuse('the token has no subject (sub)')
  if (claims.issuedAt !== undefined && claims.issuedAt < Math.floor(tokensSince / 1000)) {
    throw refuse('the token was issued (iat) before this authority was made')
  }
}

/** RFC 7800, with step's member: the token is for one CSR only. */
function checkConfirmation({ claims }: VerifiedToken, csr: Uint8Array): void {
  const confirmation = claims.all['cnf'] ?? undefined
  if (confirmation === undefined) return
  const wanted = isObject(confirmation) ? (confirmation['x5rt#S256'] ?? '') : undefined
  if (typeof wanted !== 'string') throw refuse('the confirmation (cnf) of the token is not an object with a text')
  if (wanted === '' || wanted === Buffer.from(sha256Hex(csr), 'hex').toString('base64url')) return
  throw new SignetError('forbidden', `certificate request fingerprint does not match ${JSON.stringify(wanted)}`, {
    reason: 'BadRequest',
  })
}

/**
 * `jti` where there is one, else a hash of what is signed: the signature stays out, because others that are as valid can be
 * made from it. Provisioners cannot spend each other's.
 */
function idOf({ id }: JwkSettings, { text, claims }: VerifiedToken): { id: string; expiresAt: number } {
  const usable = claims.id !== '' && claims.id.length <= maximumIdLength
  const expiresAt = claims.expiresAt === undefined ? never : Math.ceil(claims.expiresAt * 1000) + keptMs
  return { id: `${id} ${usable ? claims.id : sha256Hex(utf8Bytes(text.slice(0, text.lastIndexOf('.'))))}`, expiresAt }
}

type ReadKey = {
  readonly json: Readonly<Record<string, string>>
  readonly kid: string
  readonly key: KeyObject
  readonly algorithms: readonly string[]
}

function readKey(node: JsonNode): ReadKey {
  const members = readMembers(node, [...keyMembers, ...privateMembers], 'as Go')
  for (const name of privateMembers) {
    const secret = members.get(name)
    if (secret !== undefined) addFault(secret, 'must not be there: only the public key belongs here')
  }
  const present = keyMembers.flatMap((name) => {
    const member = members.get(name)
    return member === undefined ? [] : [[name, readText(member)] as const]
  })
  const json = Object.fromEntries(present)
  const kid = readWord(members.need('kid'))
  const key = importKey(json)
  if (key === undefined && node.value !== undefined)
    addFault(node, 'is not a public key: write an EC, RSA or OKP key as JWK')
  const usable = key === undefined ? [] : tokenAlgorithmsOf(key)
  const algorithms = json['alg'] === undefined ? usable : usable.filter((algorithm) => algorithm === json['alg'])
  if (key !== undefined && algorithms.length === 0)
    addFault(node, 'has an algorithm (alg) or curve that is not supported')
  // A key that is not there is a fault, so the provisioner is never used.
  return { json, kid, key: key as KeyObject, algorithms }
}

function importKey(jwk: Readonly<Record<string, string>>): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

function refuse(message: string, reason = 'TokenInvalid'): SignetError {
  return new SignetError('unauthorized', message, { reason })
}
