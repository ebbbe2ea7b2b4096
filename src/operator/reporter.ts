import { isDeepStrictEqual } from 'node:util'
import { isSignetError } from '../core/errors.ts'
import type { Condition, KubernetesObject, Named, ObjectMeta, ResourceKind } from '../core/resources/index.ts'
import { findCondition } from './conditions.ts'
import type { EventRecorder, KubeApi } from './ports.ts'

/** An object whose status the operator writes. */
export type Reported = KubernetesObject & {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  status?: { conditions?: Condition[] }
}

/** What an Event says about a success that no condition shows, such as a renewal. */
export type Success = { readonly reason: string; readonly note: string }

export type ReportOptions = {
  /** What the operator was doing, CamelCase. */
  readonly action: string
  /** Said instead of the transitions of conditions, but for those that warn. */
  readonly success?: Success
}

/** The only place that writes status and Events. */
export type Reporter = {
  /**
   * Writes the status if it differs, and one Event for each condition that changed. Resolves to the object as it is then:
   * the one given if there was nothing to write or if it is gone. Fails as the API server does; the Events of a status that
   * it will not take, however often it is sent (`malformed`, `forbidden`), are written all the same, once.
   */
  report<T extends Reported>(
    kind: ResourceKind<T>,
    object: T,
    status: NonNullable<T['status']>,
    options: ReportOptions,
  ): Promise<T>
}

export function createReporter(kube: Pick<KubeApi, 'apply'>, events: EventRecorder): Reporter {
  /** What was told of an object although its status was not taken: not said again at each try. */
  const toldBefore = new WeakMap<object, readonly Told[]>()
  return {
    async report(kind, object, status, { action, success }) {
      const { name, namespace, uid } = object.metadata
      const changes = transitions(object.status?.conditions, status.conditions)
      const told =
        success === undefined
          ? changes
          : [toEvent('Normal', success), ...changes.filter(({ type }) => type === 'Warning')]
      const tell = (): void => {
        if (isDeepStrictEqual(toldBefore.get(object), told)) return
        for (const event of told) events.record({ ...event, regarding: object, action })
      }
      if (isDeepStrictEqual(object.status, status)) {
        tell()
        return object
      }
      // The uid: an object that was made again meanwhile must not get the status of the one before it.
      const metadata = { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) }
      const applied = { apiVersion: object.apiVersion, kind: object.kind, metadata, status } as Named<typeof object>
      try {
        const written = await kube.apply(kind, applied, { subresource: 'status' })
        // Not before: whoever fails here for what passes comes again with the same to tell.
        tell()
        return written
      } catch (error) {
        if (isSignetError(error, 'not-found')) return object
        if (isSignetError(error, 'malformed') || isSignetError(error, 'forbidden')) {
          tell()
          toldBefore.set(object, told)
        }
        throw error
      }
    },
  }
}

type Told = { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly note: string }

/** Conditions whose status or reason is another than before. */
function transitions(before: readonly Condition[] | undefined, after: readonly Condition[] | undefined): Told[] {
  return (after ?? [])
    .filter(({ type, status, reason }) => {
      const previous = findCondition(before, type)
      return previous?.status !== status || previous.reason !== reason
    })
    .map(({ status, reason, message }) => toEvent(status === 'True' ? 'Normal' : 'Warning', { reason, note: message }))
}

function toEvent(type: Told['type'], { reason, note }: Success): Told {
  return { type, reason, note }
}
