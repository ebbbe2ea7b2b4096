import { readJson } from '../../core/json-reader.ts'
import { checkLockOut } from './lock-out.ts'
import type { LinkedPolicy } from './messages.ts'
import { readLinkedPolicy, withoutDuplicates } from './policy.ts'
import { exists, notFound, within } from './refuse.ts'
import type { Admin, AdminState } from './state.ts'

/** The authority's policy; `not-found` in step-ca's words. */
export function authorityPolicy({ policy }: AdminState): LinkedPolicy {
  if (policy === undefined) throw notFound('authority policy does not exist')
  return policy
}

/** Sets a policy where there is none. No admin may be locked out by it, least of all the one who asks. */
export function createPolicy(state: AdminState, asked: LinkedPolicy, admin: Admin): AdminState {
  if (state.policy !== undefined) throw exists('authority already has a policy')
  return withPolicy(state, asked, admin, 'storing')
}

/** Puts another policy in place of the one there is, under the same condition. */
export function updatePolicy(state: AdminState, asked: LinkedPolicy, admin: Admin): AdminState {
  authorityPolicy(state)
  return withPolicy(state, asked, admin, 'updating')
}

/** Afterwards there is none: all names are allowed. */
export function removePolicy(state: AdminState): AdminState {
  authorityPolicy(state)
  return { ...state, policy: undefined }
}

function withPolicy(state: AdminState, asked: LinkedPolicy, admin: Admin, verb: 'storing' | 'updating'): AdminState {
  const policy = withoutDuplicates(asked)
  within('error validating authority policy', () => readJson(policy, '', (node) => readLinkedPolicy(policy, node)))
  within(`error ${verb} authority policy`, () => checkLockOut(policy, [admin, ...state.admins]))
  return { ...state, policy }
}
