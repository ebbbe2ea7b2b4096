import { claimFlags, type Claims, type ClaimSettings } from '../../core/claims.ts'
import { formatDuration } from '../../core/duration.ts'
import type { LinkedClaims, LinkedDurations } from './messages.ts'

/** Ends of the names of durations in ca.json, such as `minTLSCertDuration`. */
type DurationKind = 'TLS' | 'UserSSH' | 'HostSSH'
const limits = ['default', 'min', 'max'] as const

/** The member `claims` of a provisioner of ca.json; as in step-ca the three flags are always decided. */
export function claimsToCaJson({ x509, ssh, ...flags }: LinkedClaims): Readonly<Record<string, unknown>> {
  return {
    ...durationsToCaJson('TLS', x509?.durations),
    ...(ssh !== undefined && { enableSSHCA: ssh.enabled ?? false }),
    ...durationsToCaJson('UserSSH', ssh?.userDurations),
    ...durationsToCaJson('HostSSH', ssh?.hostDurations),
    ...Object.fromEntries(claimFlags.map((flag) => [flag, flags[flag] ?? false])),
  }
}

/** Flags that a provisioner inherits are written as what they are now, for a message cannot leave them open. */
export function claimsToLinked(own: ClaimSettings, inherited: Claims): LinkedClaims {
  const x509 = durationsToLinked('TLS', own)
  const [user, host] = [durationsToLinked('UserSSH', own), durationsToLinked('HostSSH', own)]
  const hasSsh = own.enableSSHCA !== undefined || user !== undefined || host !== undefined
  return {
    ...(x509 !== undefined && { x509: { enabled: true, durations: x509 } }),
    ...(hasSsh && {
      ssh: {
        ...(own.enableSSHCA === true && { enabled: true }),
        ...(user !== undefined && { userDurations: user }),
        ...(host !== undefined && { hostDurations: host }),
      },
    }),
    ...Object.fromEntries(claimFlags.flatMap((flag) => ((own[flag] ?? inherited[flag]) ? [[flag, true]] : []))),
  }
}

function durationsToCaJson(kind: DurationKind, durations: LinkedDurations = {}): Record<string, string> {
  return Object.fromEntries(
    limits.flatMap((limit) => {
      const text = durations[limit]
      return text === undefined ? [] : [[`${limit}${kind}CertDuration`, text]]
    }),
  )
}

function durationsToLinked(kind: DurationKind, own: ClaimSettings): LinkedDurations | undefined {
  const texts = limits.flatMap((limit) => {
    const length = own[`${limit}${kind}CertDuration`]
    return length === undefined ? [] : [[limit, formatDuration(length)] as const]
  })
  return texts.length === 0 ? undefined : Object.fromEntries(texts)
}
