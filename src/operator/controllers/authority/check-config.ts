import { signsRevocationLists } from '../../../authority/prepare-x509.ts'
import { parseCaConfig } from '../../../config/ca-config.ts'
import { isSignetError } from '../../../core/errors.ts'
import type { ActiveMaterial } from './decide.ts'
import type { AuthorityConfig } from './render/config.ts'

/** Where the parts of an Authority stand in ca.json. */
const fields: readonly (readonly [member: string, field: string])[] = [
  ['authority.claims', 'spec.claims'],
  ['authority.policy', 'spec.policy'],
  ['crl', 'spec.crl'],
  ['signet.ocsp', 'spec.ocsp'],
  ['signet.urls', 'spec.urls'],
]

/**
 * What keeps an authority from loading this configuration, with the field of the Authority; undefined if it will. Pods may
 * have to be made anew for it, and would not start.
 */
export function configProblem({ text }: AuthorityConfig, { chain }: ActiveMaterial): string | undefined {
  try {
    const { crl } = parseCaConfig(JSON.parse(text), undefined, specPath)
    if (crl === undefined || signsRevocationLists(chain[0])) return undefined
    return 'spec.crl.enabled needs an intermediate with the key usage crlSign'
  } catch (error) {
    if (!isSignetError(error, 'malformed')) throw error
    return error.message
  }
}

function specPath(path: string): string {
  const found = fields.find(([member]) => path === member || path.startsWith(`${member}.`))
  return found === undefined ? path : found[1] + path.slice(found[0].length)
}
