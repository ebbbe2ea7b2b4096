import { SignetError } from '../../core/errors.ts'
import { readJson } from '../../core/json-reader.ts'
import { noNames, type Names } from '../../core/names/names.ts'
import { typeNames } from '../../core/names/parse.ts'
import { explainStepPolicy } from '../../core/policy/step/decide.ts'
import type { LinkedPolicy } from './messages.ts'
import { readLinkedPolicy } from './policy.ts'
import { badRequest } from './refuse.ts'
import type { Admin } from './state.ts'

/**
 * Requires that each of these admins could still get the certificate by which he is known; `malformed` in step-ca's words
 * for the first who could not, and for a policy that is none.
 */
export function checkLockOut(policy: LinkedPolicy, admins: readonly Pick<Admin, 'subject'>[]): void {
  const rules = readJson(policy, '', (node) => readLinkedPolicy(policy, node))
  if (rules === undefined) return
  for (const { subject } of admins) {
    const names = namesOf(subject)
    if (names === undefined || explainStepPolicy(rules, { names, commonName: subject }).allowed) continue
    throw badRequest(
      `the provided policy would lock out [${subject}] from the CA. Please create an x509 policy to include [${subject}] as an allowed DNS name`,
    )
  }
}

/** undefined for a subject that is no name of a certificate: whoever has it is not kept out by rules about names. */
function namesOf(subject: string): Names | undefined {
  try {
    return { ...noNames, ...typeNames([subject]) }
  } catch (error) {
    if (error instanceof SignetError) return undefined
    throw error
  }
}
