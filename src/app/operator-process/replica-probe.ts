import type { ReplicaProbe, ReplicaStatus } from '../../operator/ports.ts'
import { authorityPorts } from '../../operator/names.ts'

const timeoutMs = 2000
/** A message lists every fault of a configuration; the condition that shows it has room for 4,096 characters. */
const longestRefusal = 1024

/** Asks a replica of an authority for `/status` on its metrics port. */
export const probeReplica: ReplicaProbe = async (podIP) => {
  const host = podIP.includes(':') ? `[${podIP}]` : podIP
  try {
    const answer = await fetch(`http://${host}:${authorityPorts.metrics}/status`, {
      signal: AbortSignal.timeout(timeoutMs),
    })
    const { generation, refused } = (await answer.json()) as Partial<ReplicaStatus>
    if (typeof generation !== 'string') return undefined
    return { generation, ...(typeof refused === 'string' && { refused: refused.slice(0, longestRefusal) }) }
  } catch {
    // A pod that starts or ends does not answer, which is what the caller wants to know.
    return undefined
  }
}
