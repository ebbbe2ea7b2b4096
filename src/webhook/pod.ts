import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { SignetError } from '../core/errors.ts'

/** The part of a Pod that decides what is injected, as the API server shows it at admission: with defaults filled in. */

const quantities = Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])))
const resources = Type.Optional(Type.Object({ requests: quantities, limits: quantities }))

const containerSchema = Type.Object({
  name: Type.String(),
  volumeMounts: Type.Optional(Type.Array(Type.Object({ name: Type.String(), mountPath: Type.String() }))),
  securityContext: Type.Optional(Type.Object({ runAsUser: Type.Optional(Type.Integer()) })),
  resources,
})

const podSchema = Type.Object({
  metadata: Type.Object({
    annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
  }),
  spec: Type.Object({
    containers: Type.Array(containerSchema, { minItems: 1 }),
    initContainers: Type.Optional(Type.Array(containerSchema)),
    volumes: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
    serviceAccountName: Type.Optional(Type.String()),
    hostNetwork: Type.Optional(Type.Boolean()),
    dnsPolicy: Type.Optional(Type.String()),
    os: Type.Optional(Type.Object({ name: Type.String() })),
    nodeSelector: Type.Optional(Type.Record(Type.String(), Type.String())),
    securityContext: Type.Optional(
      Type.Object({
        runAsUser: Type.Optional(Type.Integer()),
        runAsNonRoot: Type.Optional(Type.Boolean()),
        fsGroup: Type.Optional(Type.Integer()),
      }),
    ),
    resources,
  }),
})

const podCheck = Compile(podSchema)

export type Pod = Static<typeof podSchema>
export type Container = Static<typeof containerSchema>
export type Resources = NonNullable<Container['resources']>

/** A Pod from the object of an AdmissionReview; `malformed`, with the path, if a field that is read has another type. */
export function parsePod(object: unknown): Pod {
  if (podCheck.Check(object)) return object
  const [fault] = podCheck.Errors(object)
  throw new SignetError(
    'malformed',
    `pod${(fault?.instancePath ?? '').replaceAll('/', '.')} ${fault?.message ?? 'is not valid'}`,
  )
}

/** The pod's annotations; empty if it has none. */
export function annotationsOf(pod: Pod): Readonly<Record<string, string>> {
  return pod.metadata.annotations ?? {}
}

/** All containers of the pod's own, init containers first. */
export function containersOf(pod: Pod): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
}
