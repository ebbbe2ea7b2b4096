import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { SignetError, type ErrorCode } from '../core/errors.ts'
import type { JsonPatch } from './json-patch.ts'

/** The wire form of admission (`admission.k8s.io/v1`): one AdmissionReview in, one out, with the same uid. */

const apiVersion = 'admission.k8s.io/v1'
const kind = 'AdmissionReview'

const reviewSchema = Type.Object({
  apiVersion: Type.Literal(apiVersion),
  kind: Type.Literal(kind),
  request: Type.Object({
    uid: Type.String({ minLength: 1 }),
    operation: Type.String(),
    resource: Type.Object({ group: Type.String(), resource: Type.String() }),
    subResource: Type.Optional(Type.String()),
    namespace: Type.Optional(Type.String()),
    object: Type.Optional(Type.Unknown()),
  }),
})

const reviewCheck = Compile(reviewSchema)

/** What the API server asks. */
export type ReviewRequest = Static<typeof reviewSchema>['request']

export type AdmissionResponse = {
  readonly uid: string
  readonly allowed: boolean
  readonly patchType?: 'JSONPatch'
  /** Base64 of the JSON Patch. */
  readonly patch?: string
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string }
  readonly warnings?: readonly string[]
}

export type AdmissionReview = {
  readonly apiVersion: typeof apiVersion
  readonly kind: typeof kind
  readonly response: AdmissionResponse
}

/** The request of an AdmissionReview v1; anything else is `malformed`, which is an answer without a review. */
export function parseReview(body: unknown): ReviewRequest {
  if (!reviewCheck.Check(body)) throw new SignetError('malformed', `body is not an ${kind} of ${apiVersion}`)
  return body.request
}

/** Is this the creation of a Pod, the only thing that is ever changed? */
export function isPodCreation(request: ReviewRequest): boolean {
  const { resource, subResource = '', operation } = request
  return resource.group === '' && resource.resource === 'pods' && subResource === '' && operation === 'CREATE'
}

/** Allowed, changed by `patch` if it is not empty. */
export function allow(uid: string, patch: JsonPatch = [], warnings: readonly string[] = []): AdmissionReview {
  const changes = { patchType: 'JSONPatch' as const, patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
  return review({
    uid,
    allowed: true,
    ...(patch.length > 0 && changes),
    ...(warnings.length > 0 && { warnings }),
  })
}

/** HTTP status and reason that the API server passes on to whoever creates the pod. */
const refusals: Readonly<Record<ErrorCode, { readonly code: number; readonly reason: string }>> = {
  malformed: { code: 422, reason: 'Invalid' },
  unauthorized: { code: 403, reason: 'Forbidden' },
  refused: { code: 403, reason: 'Forbidden' },
  forbidden: { code: 403, reason: 'Forbidden' },
  'not-found': { code: 403, reason: 'Forbidden' },
  'not-implemented': { code: 422, reason: 'Invalid' },
  unavailable: { code: 503, reason: 'ServiceUnavailable' },
  conflict: { code: 409, reason: 'Conflict' },
  internal: { code: 500, reason: 'InternalError' },
}

/** Not allowed, for the reason that the error gives. */
export function refuse(uid: string, error: SignetError, warnings: readonly string[] = []): AdmissionReview {
  const status = { ...refusals[error.code], message: error.message }
  return review({ uid, allowed: false, status, ...(warnings.length > 0 && { warnings }) })
}

function review(response: AdmissionResponse): AdmissionReview {
  return { apiVersion, kind, response }
}
