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
    return { generation, ...readRefusal(refused) }
  } catch {
    // A pod that starts or ends does not answer, which is what the caller wants to know.
    return undefined
  }
}

function readRefusal(refused: ReplicaStatus['refused']): Pick<ReplicaStatus, 'refused'> {
  if (typeof refused?.message !== 'string') return {}
  const { generation } = refused
  // Half a surrogate pair at the cut has no UTF-8: the API server would give back another text, written anew at each look.
  const message = refused.message.slice(0, longestRefusal).toWellFormed()
  return { refused: { message, ...(typeof generation === 'string' && { generation }) } }
}
