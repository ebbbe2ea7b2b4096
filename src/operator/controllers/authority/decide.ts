import { isSignetError } from '../../../core/errors.ts'
import { formatInstant } from '../../../core/instant.ts'
import type { Authority } from '../../../core/resources/index.ts'
import { certificatesToPem, parseCertificates, type Certificate as X509 } from '../../../core/x509/certificate.ts'
import { authorityObjects } from '../../names.ts'
import { chainProblem, rootProblem, type CaMaterial } from './material.ts'

/** What a decision about the keys of an Authority depends on. */
export type MaterialInput = {
  readonly authority: Authority
  /** Of the Secret `<name>-root`, or of the one that `spec.root.secret` names. */
  readonly root: CaMaterial
  readonly intermediate: CaMaterial
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** An intermediate that can sign, and what is behind it. */
export type ActiveMaterial = { readonly chain: readonly [X509, ...X509[]]; readonly roots: readonly X509[] }

export type MaterialDecision =
  | ({ readonly kind: 'keep' } & ActiveMaterial)
  | { readonly kind: 'create root' }
  | { readonly kind: 'sign intermediate' }
  /** Make the key of an intermediate that is signed elsewhere. */
  | { readonly kind: 'create key' }
  /** Take in the intermediate that was signed elsewhere. */
  | ({ readonly kind: 'accept' } & ActiveMaterial)
  | { readonly kind: 'wait'; readonly reason: string; readonly message: string; readonly request?: Uint8Array }

type Decide = (input: MaterialInput, name: ReturnType<typeof authorityObjects>) => MaterialDecision

/** What is to be done about the root and the intermediate of an Authority. What works is never replaced. */
export function decideMaterial(input: MaterialInput): MaterialDecision {
  const { root } = input.authority.spec
  const decide =
    root.external !== undefined ? decideExternal : root.secret !== undefined ? decideBrought : decideGenerated
  return decide(input, authorityObjects(input.authority.metadata.name))
}

const decideGenerated: Decide = (input, name) => {
  const settled = settledIntermediate(input, name)
  if (settled !== undefined) return settled
  const { root, authority } = input
  if (root.state === 'absent') {
    const known = (authority.status?.roots ?? []).length > 0
    return known ? wait('KeysLost', lostMessage(name)) : { kind: 'create root' }
  }
  return signWith(root, name.root, input.now)
}

const decideBrought: Decide = (input, name) => {
  const settled = settledIntermediate(input, name)
  if (settled !== undefined) return settled
  const secretName = input.authority.spec.root.secret?.name ?? ''
  if (input.root.state === 'absent') {
    return wait('RootNotFound', `Secret "${secretName}" of spec.root.secret does not exist`)
  }
  return signWith(input.root, secretName, input.now)
}

const decideExternal: Decide = ({ authority, intermediate, now }, name) => {
  if (intermediate.state === 'absent') return { kind: 'create key' }
  if (intermediate.state === 'foreign' || intermediate.state === 'broken')
    return unusable(intermediate, name.intermediate)
  const { rootCertificates = '', intermediateCertificate } = authority.spec.root.external ?? {}
  if (intermediateCertificate === undefined) {
    if (intermediate.state === 'complete') return { kind: 'keep', ...intermediate }
    const message =
      'have status.intermediateRequest signed by your root and put the certificate into spec.root.external.intermediateCertificate'
    return wait('IntermediateNotSigned', message, intermediate.spki)
  }
  const given = readExternal(intermediateCertificate, rootCertificates)
  if (typeof given === 'string') return wait('IntermediateNotUsable', given, intermediate.spki)
  const problem = chainProblem(given.chain, given.roots, intermediate.spki, now)
  if (problem !== undefined) {
    return wait('IntermediateNotUsable', `spec.root.external.intermediateCertificate ${problem}`, intermediate.spki)
  }
  const same = intermediate.state === 'complete' && pemOf(intermediate) === pemOf(given)
  return { kind: same ? 'keep' : 'accept', ...given }
}

/** The intermediate that is there, or what keeps it from being used; undefined if there is none, or one to be replaced. */
function settledIntermediate(
  { intermediate, root, now }: MaterialInput,
  name: { readonly intermediate: string },
): MaterialDecision | undefined {
  if (intermediate.state === 'absent') return undefined
  if (intermediate.state !== 'complete') return unusable(intermediate, name.intermediate)
  const { notAfter } = intermediate.chain[0]
  if (notAfter <= now) {
    if (root.state === 'complete') return undefined
    const message = `the intermediate in Secret "${name.intermediate}" expired at ${formatInstant(notAfter)}: bring the key of the root back to have a new one signed`
    return wait('IntermediateExpired', message)
  }
  if (intermediate.roots.length > 0) return { kind: 'keep', ...intermediate }
  return wait('IntermediateNotUsable', `Secret "${name.intermediate}" has no ca.crt: ${restore}`)
}

const restore = 'restore it, or delete it to have a new intermediate signed by the root'

function unusable(
  material: Exclude<CaMaterial, { state: 'absent' | 'complete' }>,
  secretName: string,
): MaterialDecision {
  if (material.state === 'foreign') return wait('NameTaken', foreignMessage(secretName))
  const problem = material.state === 'broken' ? material.problem : 'it holds a key without a certificate'
  return wait('IntermediateNotUsable', `Secret "${secretName}": ${problem}: ${restore}`)
}

/** What to do about an object that stands where one of the Authority's would. */
export function foreignMessage(secretName: string): string {
  return `Secret "${secretName}" exists and does not belong to this Authority: remove it or give the Authority another name`
}

function signWith(root: CaMaterial, secretName: string, now: number): MaterialDecision {
  if (root.state === 'foreign') return wait('NameTaken', foreignMessage(secretName))
  if (root.state !== 'complete') {
    const problem = root.state === 'broken' ? root.problem : 'there is no tls.crt'
    return wait('RootNotUsable', `Secret "${secretName}": ${problem}`)
  }
  const problem = rootProblem(root.chain[0], now)
  if (problem !== undefined) return wait('RootNotUsable', `the certificate in Secret "${secretName}" ${problem}`)
  return { kind: 'sign intermediate' }
}

function lostMessage({ root, intermediate }: { readonly root: string; readonly intermediate: string }): string {
  return `Secrets "${intermediate}" and "${root}" are gone, and with them the keys of this Authority: restore one of them, or delete the Authority and make it anew`
}

function readExternal(chainPem: string, rootsPem: string): ActiveMaterial | string {
  try {
    const [ca, ...rest] = parseCertificates(chainPem)
    if (ca === undefined) return 'spec.root.external.intermediateCertificate holds no certificate'
    return { chain: [ca, ...rest], roots: parseCertificates(rootsPem) }
  } catch (error) {
    if (isSignetError(error)) return `spec.root.external: ${error.message}`
    throw error
  }
}

/** Chain and roots as one text. */
export function pemOf({ chain, roots }: ActiveMaterial): string {
  return certificatesToPem(...chain, ...roots)
}

function wait(reason: string, message: string, request?: Uint8Array): MaterialDecision {
  return { kind: 'wait', reason, message, ...(request !== undefined && { request }) }
}
