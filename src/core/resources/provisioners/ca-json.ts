import { toBase64, utf8Bytes } from '../../bytes.ts'
import type { Provisioner, ProvisionerSpec } from '../provisioner.ts'
import { provisionerBlocks, type ProvisionerType } from './blocks.ts'

/** A Provisioner and what it is in ca.json, both ways. */

/** Members of ca.json that each type has of its own, out of its block; ours under `signet`. */
const members: Readonly<Record<ProvisionerType, (spec: ProvisionerSpec) => object>> = {
  JWK: ({ jwk }) => ({ ...jwk }),
  K8sSA({ k8sSA }) {
    const { publicKeys, offline, ...rest } = k8sSA ?? {}
    const elsewhere = offline && { ...offline, ...inBase64('roots', offline.roots) }
    return {
      ...inBase64('publicKeys', publicKeys),
      signet: { ...(elsewhere ? { offline: elsewhere } : here), ...rest },
    }
  },
  OIDC({ oidc }) {
    const { requireVerifiedEmail, ...rest } = oidc ?? {}
    return { ...rest, ...(requireVerifiedEmail === true && { signet: { requireVerifiedEmail } }) }
  },
  X5C: ({ x5c }) => inBase64('roots', x5c?.roots),
  AWS({ aws }) {
    const { iidRoots, ...rest } = aws ?? {}
    return { ...rest, ...(iidRoots !== undefined && { signet: { iidRoots } }) }
  },
  GCP: ({ gcp }) => ({ ...gcp }),
  Azure: ({ azure }) => ({ ...azure }),
}

/** Tokens of this cluster, which its API server reviews. */
const here = { tokenReview: true }

/** step has PEM in base64, which is how Go writes octets into JSON. */
function inBase64(name: string, pem: string | undefined): object {
  return pem === undefined ? {} : { [name]: toBase64(utf8Bytes(pem)) }
}

/** step's form of a provisioner, as it stands in ca.json. */
export function renderProvisioner({ metadata, spec }: Provisioner): object {
  const { type, claims, x509 } = spec
  return {
    type,
    name: metadata.name,
    ...members[type](spec),
    ...(claims !== undefined && { claims }),
    ...(x509 !== undefined && { options: { x509 } }),
  }
}

/** The field of a Provisioner that became this member of ca.json. */
export function specPath(path: string, type: ProvisionerType): string {
  const [first = '', ...rest] = path.split('.')
  if (first === 'claims') return `spec.${path}`
  if (first === 'options') return ['spec', ...rest].join('.')
  const below = first === 'signet' ? rest : path.split('.')
  return ['spec', provisionerBlocks[type], ...below].filter((part) => part !== '').join('.')
}

type Members = Readonly<Record<string, unknown>>

/** The block of each type, out of its own members of ca.json. */
const blocks: Readonly<Record<ProvisionerType, (members: Members) => object>> = {
  JWK: (members) => members,
  K8sSA({ publicKeys, signet }) {
    const { tokenReview: _, offline, ...rest } = (signet ?? {}) as Members
    const elsewhere = offline as Members | undefined
    return {
      ...inPem('publicKeys', publicKeys),
      ...(elsewhere && { offline: { ...elsewhere, ...inPem('roots', elsewhere['roots']) } }),
      ...rest,
    }
  },
  OIDC: ({ signet, ...rest }) => ({ ...rest, ...(signet as Members | undefined) }),
  X5C: ({ roots }) => inPem('roots', roots),
  AWS: ({ signet, ...rest }) => ({ ...rest, ...(signet as Members | undefined) }),
  GCP: (members) => members,
  Azure: (members) => members,
}

function inPem(name: string, base64: unknown): object {
  return typeof base64 === 'string' ? { [name]: Buffer.from(base64, 'base64').toString('utf8') } : {}
}

/**
 * The spec of the Provisioner that stands in ca.json as `json`, whose `type` is one of ours. What a Provisioner has no field
 * for is lost: compare what it becomes in ca.json with what was given (`unlike`).
 */
export function specOfCaJson(json: Members, authority: string): ProvisionerSpec {
  const { type, name: _, claims, options, ...members } = json
  const kind = type as ProvisionerType
  const { x509 } = (options ?? {}) as { readonly x509?: object }
  const spec = {
    authorityRef: { name: authority },
    type: kind,
    [provisionerBlocks[kind]]: blocks[kind](members),
    ...(claims !== undefined && { claims }),
    ...(x509 !== undefined && { x509 }),
  }
  return spec as unknown as ProvisionerSpec
}

/** Go writes it for what nobody set. */
const saysNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (typeof value === 'object' && Object.values(value).every(saysNothing))

/** Of these each value counts: a claim that is not there is inherited, and data are the template's own. */
const kept = new Set(['claims', 'templateData', 'key'])

/** Without the members that say the same where they are left out. */
export function withoutEmpty(value: unknown): unknown {
  if (!isGroup(value)) return value
  const said = Object.entries(value).filter(([name, member]) =>
    kept.has(name) ? member !== undefined && !isEmptyGroup(member) : !saysNothing(member),
  )
  return Object.fromEntries(said.map(([name, member]) => [name, kept.has(name) ? member : withoutEmpty(member)]))
}

const isEmptyGroup = (value: unknown): boolean => isGroup(value) && Object.keys(value).length === 0

/** Paths of what differs between two values of JSON. */
export function unlike(left: unknown, right: unknown, path = ''): readonly string[] {
  if (!isGroup(left) || !isGroup(right)) return JSON.stringify(left) === JSON.stringify(right) ? [] : [path]
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...names].flatMap((name) => unlike(left[name], right[name], path === '' ? name : `${path}.${name}`))
}

function isGroup(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
