/**
 * IP addresses between their octets and their canonical text: dotted decimal, or RFC 5952. An IPv4-mapped IPv6 address
 * is its IPv4 address, as Go and so step-ca treat it: one address never has two spellings in a policy.
 */

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** 4 or 16 octets from text; undefined if it is no IP address. No zone, no prefix length, no leading zeros in IPv4. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (ipv4.test(text)) return Uint8Array.from(text.split('.'), Number)
  if (!text.includes(':') || text.length > 45) return undefined
  const groups = expandedGroups(text)
  if (groups === undefined) return undefined
  const octets = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
  return isMapped(octets) ? octets.slice(12) : octets
}

/** Canonical text of 4 or 16 octets; undefined for any other length. */
export function formatIpAddress(octets: Uint8Array): string | undefined {
  if (octets.length === 4) return octets.join('.')
  if (octets.length !== 16) return undefined
  if (isMapped(octets)) return octets.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => ((octets[2 * index] ?? 0) << 8) | (octets[2 * index + 1] ?? 0))
  const hex = groups.map((group) => group.toString(16))
  const run = longestZeroRun(groups)
  if (run.length < 2) return hex.join(':')
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`
}

/** Address and prefix length of CIDR text; undefined if it is none. */
export function parseRange(text: string): { address: Uint8Array; ones: number } | undefined {
  const [, addressText = '', onesText = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const address = parseIpAddress(addressText)
  const ones = Number(onesText)
  return address === undefined || ones > address.length * 8 ? undefined : { address, ones }
}

/** One octet, counted from 0, of the mask of a prefix. */
export function maskOctet(ones: number, index: number): number {
  const inThisOctet = Math.min(8, Math.max(0, ones - 8 * index))
  return (0xff00 >> inThisOctet) & 0xff
}

/** Is `address` inside of the CIDR `range`? False where either is malformed or the families differ. */
export function rangeHolds(range: string, address: string): boolean {
  const parsed = parseRange(range)
  const octets = parseIpAddress(address)
  if (parsed === undefined || octets === undefined || octets.length !== parsed.address.length) return false
  return octets.every((octet, index) => {
    const mask = maskOctet(parsed.ones, index)
    return (octet & mask) === ((parsed.address[index] ?? 0) & mask)
  })
}

function isMapped(octets: Uint8Array): boolean {
  return octets[10] === 0xff && octets[11] === 0xff && octets.subarray(0, 10).every((octet) => octet === 0)
}

/** The eight groups of an IPv6 address, `::` filled up. */
function expandedGroups(text: string): number[] | undefined {
  const halves = text.split('::')
  const [head, tail, ...more] = halves.map((half, index) => groupsOf(half, index === halves.length - 1))
  if (head === undefined || more.length > 0) return undefined
  if (halves.length === 1) return head.length === 8 ? head : undefined
  if (tail === undefined || head.length + tail.length > 7) return undefined
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}

/** The groups of one side of `::`; a dotted IPv4 address at the end of the whole counts as two. */
function groupsOf(part: string, endsAddress: boolean): number[] | undefined {
  if (part === '') return []
  const words = part.split(':')
  const dotted = endsAddress && words.at(-1)?.includes('.') ? words.pop() : undefined
  if (dotted !== undefined && !ipv4.test(dotted)) return undefined
  if (!words.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word))) return undefined
  const groups = words.map((word) => Number.parseInt(word, 16))
  if (dotted === undefined) return groups
  const [first = 0, second = 0, third = 0, fourth = 0] = dotted.split('.').map(Number)
  return [...groups, (first << 8) | second, (third << 8) | fourth]
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let length = 0
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > longest.length) longest = { start: index + 1 - length, length }
  }
  return longest
}
