import { createPublicKey, type KeyObject } from 'node:crypto'
import { addFault, readMembers, readText, readWord, type JsonNode } from '../../core/json-reader.ts'
import type { UnverifiedToken } from '../../core/tokens/unverified.ts'
import { tokenAlgorithmsOf, verifyToken } from '../../core/tokens/verify.ts'
import type { X509Grant, X509RevokeGrant } from '../grant.ts'
import type { AuthorizeWorld, CommonSettings, Credential, Provisioner, ProvisionerKind } from './provisioner.ts'
import { checkStepClaims, grantByToken, revokeByToken } from './step-token.ts'

/** The public members of a JWK in the order in which Go, and so step-ca, writes them. */
const keyMembers = ['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y', 'n', 'e'] as const
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

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
      authorizeX509Revoke: (token, world) => authorizeRevoke(settings, token, world),
    } satisfies Provisioner
  },
}

async function authorize(settings: JwkSettings, credential: Credential, world: AuthorizeWorld): Promise<X509Grant> {
  const token = verifyToken(credential.token, settings.key, settings.algorithms, world.now)
  checkStepClaims(token, { name: settings.name, fragment: '' }, world)
  return grantByToken(token, settings, credential.request)
}

async function authorizeRevoke(
  settings: JwkSettings,
  unverified: UnverifiedToken,
  world: AuthorizeWorld,
): Promise<X509RevokeGrant> {
  const token = verifyToken(unverified, settings.key, settings.algorithms, world.now)
  checkStepClaims(token, { name: settings.name, fragment: '' }, world, 'revoke')
  return revokeByToken(token, settings)
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
