import { seededNumbers } from '../../builders/x509.ts'

/** The names of a certificate, as the Go program reads them. */
export type CertificateNames = {
  readonly dns?: readonly string[]
  readonly ips?: readonly string[]
  readonly emails?: readonly string[]
  readonly uris?: readonly string[]
  readonly cn?: string
}

type Rules = Readonly<Record<string, readonly string[]>>
export type PolicyJson = { readonly allow?: Rules; readonly deny?: Rules; readonly allowWildcardNames?: boolean }

/** A policy as in ca.json, and names to ask it about. */
export type Question = { readonly policy: PolicyJson; readonly names: readonly CertificateNames[] }

const words = (text: string): string[] => text.split(' ')

/** Usual labels come often, so that rules and names meet; then those on which implementations differ. */
const labels = words('a b www web db example example corp com com test org A Example COM 1 123 x-y a1')
const oddLabels = [
  ...words('a_b -a a- ab--c xn-- xn--a xn--bcher-kva XN--BCHER-KVA xn--zz-- xn--n3h xn--strae-oqa 10 0x7f a%b a@b'),
  ...words('* a* *a bücher BÜCHER straße İ Σας ＷＷＷ ☃ אבג א1 1א \u0301a k\u212a 例え 。 ！ ≠ ẞ a\u00adb a\u200db'),
  '',
  ' ',
]
const locals = words('root me Me a.b a+b')
const oddLocals = ["o'x", '"a b"', '"a"', String.raw`a\@b`, String.raw`"a\"b"`, '.a', 'a.', 'a..b', 'ü', '', 'a b', '*']
const addresses = words('10.0.0.1 10.1.2.3 10.255.255.255 192.0.2.7 127.0.0.1 ::1 2001:db8::1 2001:db8:1::1 fe80::1')
const ranges = [
  ...words('10.0.0.0/8 10.1.0.0/16 0.0.0.0/0 192.0.2.7/32 10.0.0.1 2001:db8::/32 ::/0 ::1 fe80::/10 10.1.2.3/12'),
  ...words('::ffff:10.0.0.0/104 ::ffff:10.0.0.0/90 ::ffff:10.0.0.1 ::ffff:0:0/96 ::/80 10.0.0.0/08'),
]
const oddRanges = [
  ...words('10.0.0.0/33 010.0.0.1 10.0.0 fe80::1%eth0 10.0.0.0/ /8 2001:db8::/129 10.0.0.1,10.0.0.2'),
  '',
  ' 10.0.0.1',
]
const persons = [
  'Jane Doe',
  'JANE DOE',
  'jane doe',
  'Service: web',
  ' ',
  '1:a',
  ...words('root ROOT Ärger ÄRGER ſ s K \u212a ı I a(b) a*'),
]
const hosts = words('10.0.0.1 [::1] [fe80::1%25a] [10.0.0.1] [::1 a[b a]b %c3%bc.test a%20b a:b:1')
const oddUris = words(
  'urn:uuid:1 mailto:a@b.com spiffe:///ns https:/a/b x: https://a.com/%zz https://a.com/#%zz https://',
)

/** As many questions, each with as many certificates: the same for the same seed. */
export function* generateQuestions(seed: number, policies: number, certificates: number): Generator<Question> {
  const maker = questionMaker(seededNumbers(seed))
  for (let index = 0; index < policies; index++) {
    const policy = maker.policy()
    yield { policy, names: Array.from({ length: certificates }, () => maker.certificate(policy)) }
  }
}

function questionMaker(next: () => number) {
  const oneIn = (count: number) => next() % count === 0
  const pick = (items: readonly string[]) => items[next() % items.length] ?? ''
  const list = (lengths: string, make: () => string) => Array.from({ length: Number(pick(words(lengths))) }, make)
  const odd = (usual: readonly string[], unusual: readonly string[], count: number) =>
    pick(oneIn(count) ? unusual : usual)

  const domain = () => list('1 2 2 3 3 4', () => odd(labels, oddLabels, 25)).join('.')
  const dns = () => `${odd([''], ['*.', '*.', '*.', '.', '*', '*.*.', ' '], 4)}${domain()}${oneIn(60) ? '.' : ''}`
  const email = () => `${odd(locals, oddLocals, 5)}@${oneIn(30) ? '' : domain()}`
  const host = () => (oneIn(10) ? pick(hosts) : dns()) + odd(['', '', ':443'], [':', ':x', ':80:80'], 10)
  const uri = () => {
    if (oneIn(12)) return pick(oddUris)
    const user = odd([''], ['me@', 'me:pw@', 'a%40b@', 'a"b@'], 12)
    return `${pick(words('https spiffe HTTPS a+b.c-d'))}://${user}${host()}${pick(['', '/', '/a b', '?q', '#f', '/x?y#z'])}`
  }
  const commonName = () => {
    const makers = [() => pick(persons), dns, email, uri, () => pick(addresses), () => pick(labels)]
    return makers[next() % makers.length]?.() ?? ''
  }
  const makers: Readonly<Record<string, () => string>> = {
    dns,
    ip: () => odd(ranges, oddRanges, 60),
    email: () => (oneIn(2) ? email() : `${pick(['', '@'])}${dns()}`),
    uri: dns,
    cn: commonName,
  }
  const rules = (): Rules => {
    const kinds = Object.entries(makers).filter(() => oneIn(3))
    return Object.fromEntries(kinds.map(([kind, make]) => [kind, list('1 1 2 3', make)]))
  }

  /** A name near to a rule of the policy, so that it is matched or just missed. */
  const near = (texts: readonly string[]) => {
    const name = pick(texts).replace(/^\*\./, () => pick(['', 'a.', 'a.', '*.', 'a.b.']))
    return odd([name, name, name.toUpperCase()], [`a.${name}`, `*.${name}`, `.${name}`, `${name}.`], 4)
  }
  const certificateOf = (policy: PolicyJson): CertificateNames => {
    const of = (kind: string) => [...(policy.allow?.[kind] ?? []), ...(policy.deny?.[kind] ?? [])]
    const or = (kind: string, make: () => string) => (oneIn(2) && of(kind).length > 0 ? near(of(kind)) : make())
    const kinds: readonly (() => CertificateNames)[] = [
      () => ({ dns: [or('dns', dns)] }),
      () => ({ ips: [pick(addresses)] }),
      () => ({ emails: [oneIn(2) ? or('email', email) : `${pick(locals)}@${or('email', domain)}`] }),
      () => ({ uris: [oneIn(2) ? uri() : `https://${or('uri', host)}`] }),
      () => ({ cn: or(pick(words('cn dns email ip')), commonName) }),
    ]
    return kinds[next() % kinds.length]?.() ?? {}
  }
  return {
    policy: (): PolicyJson => ({
      ...(!oneIn(4) && { allow: rules() }),
      ...(oneIn(2) && { deny: rules() }),
      ...(oneIn(2) && { allowWildcardNames: oneIn(2) }),
    }),
    certificate: (policy: PolicyJson): CertificateNames =>
      oneIn(8)
        ? { ...certificateOf(policy), ...certificateOf(policy), ...certificateOf(policy) }
        : certificateOf(policy),
  }
}
