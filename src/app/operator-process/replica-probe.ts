import type { ReplicaProbe, ReplicaStatus } from '../../operator/ports.ts'
import { authorityPorts } from '../../operator/names.ts'

const timeoutMs = 2000

/** Asks a replica of an authority for `/status` on its metrics port. */
export const probeReplica: ReplicaProbe = async (podIP) => {
  const host = podIP.includes(':') ? `[${podIP}]` : podIP
  try {
    const answer = await fetch(`http://${host}:${authorityPorts.metrics}/status`, {
      signal: AbortSignal.timeout(timeoutMs),
    })
    const { generation } = (await answer.json()) as Partial<ReplicaStatus>
    return typeof generation === 'string' ? { generation } : undefined
  } catch {
    // A pod that starts or ends does not answer, which is what the caller wants to know.
    return undefined
  }
}
