import { sha256Hex, utf8Bytes } from '../core/bytes.ts'
import type { KubernetesObject, ObjectMeta } from '../core/resources/metadata.ts'
import { annotations } from './names.ts'

/** An object to be applied: exactly the fields that the operator owns. */
export type Manifest = KubernetesObject & {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}

/** Notes on the object what was applied, so that `isApplied` also sees a field that is no longer wanted. */
export function withAppliedHash(manifest: Manifest): Manifest {
  const hash = sha256Hex(utf8Bytes(JSON.stringify(manifest))).slice(0, 16)
  const { metadata } = manifest
  return {
    ...manifest,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [annotations.applied]: hash } },
  }
}

/** Does `current` hold everything that `wanted` says? Fields that the API server added do not count. */
export function isApplied(wanted: unknown, current: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(current) &&
      current.length === wanted.length &&
      wanted.every((item, index) => isApplied(item, current[index]))
    )
  }
  if (isRecord(wanted)) {
    return isRecord(current) && Object.entries(wanted).every(([key, value]) => isApplied(value, current[key]))
  }
  return wanted === current || (isText(wanted) && isText(current) && isSameQuantity(wanted, current))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

const quantityPattern = /^([0-9]+(?:\.[0-9]*)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/
const quantityFactors: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** The API server writes quantities in its own form: `1024Mi` comes back as `1Gi`. */
function isSameQuantity(left: string, right: string): boolean {
  const value = quantityOf(left)
  return value !== undefined && value === quantityOf(right)
}

function quantityOf(text: string): number | undefined {
  const match = quantityPattern.exec(text)
  if (match === null) return undefined
  return Number(match[1]) * (quantityFactors[match[2] ?? ''] ?? 1)
}
