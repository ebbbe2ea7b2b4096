import { isObject } from '../../core/json-reader.ts'
import type { TokenClaims } from '../../core/tokens/unverified.ts'

/** What a projected token of Kubernetes says it is of (KEP 1205: the claim `kubernetes.io`). */
export type AccountClaims = {
  readonly namespace: string
  readonly serviceAccount: string
  readonly serviceAccountUid: string
  /** undefined: the token is bound to none. */
  readonly pod: { readonly name: string; readonly uid: string } | undefined
}

const objectName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
const uid = /^[0-9a-f-]{1,64}$/

const isName = (value: unknown): value is string => typeof value === 'string' && objectName.test(value)
const isUid = (value: unknown): value is string => typeof value === 'string' && uid.test(value)

/** Reads it, verified or not; undefined where it is not well-formed, and so not by an API server. */
export function accountOf({ all }: TokenClaims): AccountClaims | undefined {
  const kubernetes = all['kubernetes.io']
  if (!isObject(kubernetes)) return undefined
  const { namespace, serviceaccount: account, pod } = kubernetes
  if (!isName(namespace) || !isObject(account)) return undefined
  const { name, uid: accountUid = '' } = account
  if (!isName(name) || !(accountUid === '' || isUid(accountUid))) return undefined
  const found = { namespace, serviceAccount: name, serviceAccountUid: accountUid }
  if (pod === undefined) return { ...found, pod: undefined }
  if (!isObject(pod) || !isName(pod['name']) || !isUid(pod['uid'])) return undefined
  return { ...found, pod: { name: pod['name'], uid: pod['uid'] } }
}
