import { noNames } from '../../core/names/names.ts'
import { leafTemplate } from '../../core/templates/template.ts'
import type { CsrRule, SignX509Request, X509Grant } from '../grant.ts'

type LeafGrant = Pick<X509Grant, 'regarding' | 'usages' | 'isCA' | 'template' | 'lifetime' | 'policy'>

/** What grants have in common where nothing in Kubernetes asks: a usual leaf, for as long as is asked within the claims. */
export function leafGrant({ notBefore, notAfter }: SignX509Request): LeafGrant {
  return {
    regarding: undefined,
    usages: undefined,
    isCA: false,
    template: leafTemplate,
    lifetime: { request: { notBefore, notAfter }, wished: undefined, bound: false },
    policy: undefined,
  }
}

/** Where the token alone decides, as with step: whatever the CSR says. */
export function anyCsr(provisionerName: string): CsrRule {
  return {
    match: 'any',
    commonNames: undefined,
    names: noNames,
    subject: undefined,
    isCA: true,
    keyAlgorithm: undefined,
    owner: `token of provisioner "${provisionerName}"`,
  }
}
