import { formatDuration, formatTime, parseDuration, resolveTime, type TimeDuration } from './duration.ts'
import { SignetError } from './errors.ts'
import { wholeSeconds } from './instant.ts'
import { readFlag, readMembers, readParsed, type JsonNode } from './json-reader.ts'

/** step's claims of X.509 certificates, all decided. Durations in milliseconds, without backdate. */
export type Claims = {
  readonly minimum: number
  readonly maximum: number
  readonly usual: number
  readonly disableRenewal: boolean
  readonly allowRenewalAfterExpiry: boolean
  readonly disableSmallstepExtensions: boolean
}

const durationClaims = [
  'minTLSCertDuration',
  'maxTLSCertDuration',
  'defaultTLSCertDuration',
  'minUserSSHCertDuration',
  'maxUserSSHCertDuration',
  'defaultUserSSHCertDuration',
  'minHostSSHCertDuration',
  'maxHostSSHCertDuration',
  'defaultHostSSHCertDuration',
] as const
/** The flags that are not about SSH. */
export const claimFlags = ['disableRenewal', 'allowRenewalAfterExpiry', 'disableSmallstepExtensions'] as const
const flagClaims = ['enableSSHCA', ...claimFlags] as const

/** Claims as one configuration gives them: what it does not say is inherited. Durations in milliseconds. */
export type ClaimSettings = Partial<
  Readonly<Record<(typeof durationClaims)[number], number> & Record<(typeof flagClaims)[number], boolean>>
>

/** What holds where nobody says anything: step-ca's values. */
export const builtInClaims: Claims = {
  minimum: parseDuration('5m'),
  maximum: parseDuration('24h'),
  usual: parseDuration('24h'),
  disableRenewal: false,
  allowRenewalAfterExpiry: false,
  disableSmallstepExtensions: false,
}

/**
 * Reads `claims` of ca.json. Those for SSH are kept for who lists them, and as unchecked as in step-ca; the others are
 * checked together (`resolveClaims`).
 */
export function readClaimSettings(node: JsonNode): ClaimSettings {
  const members = readMembers(node, [...durationClaims, ...flagClaims], 'as Go')
  const settings: Record<string, number | boolean> = {}
  for (const name of durationClaims) {
    const member = members.get(name)
    if (member === undefined) continue
    settings[name] = readParsed(member, parseDuration, 0)
  }
  for (const name of flagClaims) {
    const member = members.get(name)
    if (member !== undefined) settings[name] = readFlag(member)
  }
  return settings
}

/** The settings as ca.json and `/provisioners` have them: Go durations, step's names and order. */
export function formatClaimSettings(settings: ClaimSettings): Record<string, string | boolean> {
  const durations = durationClaims.flatMap((name) => {
    const value = settings[name]
    return value === undefined ? [] : [[name, formatDuration(value)] as const]
  })
  const flags = flagClaims.flatMap((name) => {
    const value = settings[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries<string | boolean>([...durations, ...flags])
}

/**
 * The claims that hold for one provisioner. What it does not set is inherited; where it sets only the default, a minimum
 * or maximum that it does not set gives way to that. `malformed` in step-ca's words where the three do not fit together.
 */
export function resolveClaims(inherited: Claims, own: ClaimSettings): Claims {
  const usual = own.defaultTLSCertDuration ?? inherited.usual
  const ownUsual = own.defaultTLSCertDuration
  const minimum = own.minTLSCertDuration ?? Math.min(inherited.minimum, ownUsual ?? inherited.minimum)
  const maximum = own.maxTLSCertDuration ?? Math.max(inherited.maximum, ownUsual ?? inherited.maximum)
  const problem = problemOf(minimum, maximum, usual)
  if (problem !== undefined) throw new SignetError('malformed', `claims: ${problem}`, { path: 'claims' })
  return {
    minimum,
    maximum,
    usual,
    disableRenewal: own.disableRenewal ?? inherited.disableRenewal,
    allowRenewalAfterExpiry: own.allowRenewalAfterExpiry ?? inherited.allowRenewalAfterExpiry,
    disableSmallstepExtensions: own.disableSmallstepExtensions ?? inherited.disableSmallstepExtensions,
  }
}

function problemOf(minimum: number, maximum: number, usual: number): string | undefined {
  const [min, max, def] = [minimum, maximum, usual].map(formatDuration)
  if (minimum <= 0) return 'MinTLSCertDuration must be greater than 0'
  if (maximum <= 0) return 'MaxTLSCertDuration must be greater than 0'
  if (usual <= 0) return 'DefaultTLSCertDuration must be greater than 0'
  if (maximum < minimum) {
    return `MaxCertDuration cannot be less than MinCertDuration: MaxCertDuration - ${max}, MinCertDuration - ${min}`
  }
  if (usual < minimum) {
    return `DefaultCertDuration cannot be less than MinCertDuration: DefaultCertDuration - ${def}, MinCertDuration - ${min}`
  }
  if (maximum < usual) {
    return `MaxCertDuration cannot be less than DefaultCertDuration: MaxCertDuration - ${max}, DefaultCertDuration - ${def}`
  }
  return undefined
}

/** From notBefore to notAfter, milliseconds since the epoch, whole seconds. */
export type Validity = { readonly notBefore: number; readonly notAfter: number }

export type ValidityWish = {
  /** What the caller wrote into the request. */
  readonly request: { readonly notBefore?: TimeDuration | undefined; readonly notAfter?: TimeDuration | undefined }
  /** What the template, or the object that the certificate is for, says. Milliseconds. */
  readonly duration?: number | undefined
  /** The validity of the credential that asks: the certificate begins and ends no earlier and no later. */
  readonly within?: Validity | undefined
}

export type ValidityLimits = {
  readonly claims: Claims
  /** Milliseconds that notBefore lies before now where the caller gives none. */
  readonly backdate: number
  /** End of the issuing certificate. */
  readonly issuerNotAfter: number
}

/**
 * How long a certificate holds: request before template before the provisioner's default, then step-ca's checks on the
 * total span. step lets a leaf outlive its intermediate, which no verifier accepts: here it ends with it, whether the time
 * was asked for or not; the certificate shows it. `malformed` or `forbidden` (`DurationNotAllowed`) otherwise, `unavailable`
 * where the intermediate has ended.
 */
export function decideValidity(wish: ValidityWish, limits: ValidityLimits, now: number): Validity {
  const { notBefore: from, notAfter: until } = wish.request
  const start = from === undefined ? now : resolveTime(from, now)
  const end = until === undefined ? usualEnd(start, wish, limits) : resolveTime(until, start)
  checkWithin(start, end, wish)
  const notBefore = wholeSeconds(from === undefined ? start - limits.backdate : start)
  const notAfter = wholeSeconds(end)
  checkValidity({ notBefore, notAfter }, limits, now)
  const last = wholeSeconds(limits.issuerNotAfter)
  if (last <= notBefore || last < now) {
    const message = `the intermediate certificate ends on ${formatTime(last)}, before the certificate would begin`
    // A start that somebody asked for is theirs to mend; an intermediate that has ended is ours.
    throw last > now ? refuse('malformed', message) : new SignetError('unavailable', message, { reason: 'NotReady' })
  }
  return { notBefore, notAfter: Math.min(notAfter, last) }
}

function usualEnd(start: number, { duration, within }: ValidityWish, { claims }: ValidityLimits): number {
  return Math.min(start + (duration ?? claims.usual), within?.notAfter ?? Infinity)
}

/** In step-ca's words (provisioner/sign_options.go, profileLimitDuration). */
function checkWithin(start: number, end: number, { within }: ValidityWish): void {
  if (within === undefined) return
  const [from, until] = [formatTime(within.notBefore), formatTime(within.notAfter)]
  if (start < within.notBefore) {
    const asked = `requested certificate notBefore (${formatTime(start)})`
    throw refuse('forbidden', `${asked} is before the active validity window of the provisioning credential (${from})`)
  }
  if (end > within.notAfter) {
    const asked = `requested certificate notAfter (${formatTime(end)})`
    throw refuse('forbidden', `${asked} is after the expiration of the provisioning credential (${until})`)
  }
}

function checkValidity({ notBefore, notAfter }: Validity, { claims, backdate }: ValidityLimits, now: number): void {
  const [na, nb] = [formatTime(notAfter), formatTime(notBefore)]
  if (notAfter < wholeSeconds(now)) throw refuse('malformed', `notAfter cannot be in the past; na=${na}`)
  if (notAfter < notBefore) throw refuse('malformed', `notAfter cannot be before notBefore; na=${na}, nb=${nb}`)
  const span = notAfter - notBefore
  const most = claims.maximum + backdate
  const asked = `requested duration of ${formatDuration(span)}`
  if (span < claims.minimum) {
    const least = formatDuration(claims.minimum)
    throw refuse('forbidden', `${asked} is less than the authorized minimum certificate duration of ${least}`)
  }
  if (span > most) {
    const text = formatDuration(most)
    throw refuse('forbidden', `${asked} is more than the authorized maximum certificate duration of ${text}`)
  }
}

function refuse(code: 'malformed' | 'forbidden', message: string): SignetError {
  return new SignetError(code, message, { reason: 'DurationNotAllowed' })
}
