import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration, parseTimeDuration } from '../../../src/core/duration.ts'
import { isSignetError, type ErrorCode } from '../../../src/core/errors.ts'
import { listNames, parseName, typeNames } from '../../../src/core/names/parse.ts'
import { isIdentityOf } from '../../../src/core/names/spiffe.ts'
import { nameKinds, noNames } from '../../../src/core/names/names.ts'
import { createAudiences, fragmentOf } from '../../../src/core/tokens/audience.ts'
import { readUnverified } from '../../../src/core/tokens/unverified.ts'
import { wantedCertificate } from '../../../src/core/wanted-certificate.ts'
import { parseWorkloadRequest } from '../../../src/core/workload-request.ts'
import { chance, fuzzInputs, mutate } from '../../builders/fuzz.ts'

/** What `parse` gives, or undefined if it refuses as it should; any other error fails the test with its input. */
function attempt<T>(input: string, code: ErrorCode, parse: (input: string) => T): T | undefined {
  try {
    return parse(input)
  } catch (error) {
    if (isSignetError(error, code)) return undefined
    throw new Error(`unexpected failure for ${JSON.stringify(input)}`, { cause: error })
  }
}

/** `refused` as it should be, `accepted`, or what is wrong with the outcome. */
type Outcome = 'refused' | 'accepted' | { readonly fault: string }

/** Runs `check` on every input. Accepted ones are counted: a fuzz test whose inputs all fail shows nothing. */
function fuzz(seed: number, samples: readonly string[], alphabet: string, check: (input: string) => Outcome) {
  const random = chance(seed)
  const pieces = [...alphabet.split(''), ...nastyPieces]
  const faults: string[] = []
  let accepted = 0
  for (let count = 0; count < fuzzInputs; count++) {
    const input = mutate(random, samples, pieces)
    const outcome = check(input)
    if (outcome === 'accepted') accepted++
    else if (outcome !== 'refused') faults.push(`${JSON.stringify(input)}: ${outcome.fault}`)
  }
  return { accepted: accepted / fuzzInputs, faults: faults.slice(0, 5) }
}

const nastyPieces = ['\u0000', '\n', 'é', '\u200b', '😀', '\ud800', ' ', '%41', '..', '99999999999999999999']

/** `accepted` where a second pass gives the same. */
function stable(first: string, second: string): Outcome {
  return first === second ? 'accepted' : { fault: `${first} becomes ${second}` }
}

const request = {
  commonName: 'a.b',
  dnsNames: ['a.b'],
  ipAddresses: ['10.0.0.1'],
  uris: ['spiffe://a/b'],
  emailAddresses: ['a@b.c'],
  podIPs: true,
  duration: '24h',
  keyAlgorithm: 'EC-P256',
}

// A millisecond for each input is ten times what it takes.
describe('fuzz', { timeout: Math.max(20_000, fuzzInputs) }, () => {
  it('durations', () => {
    const times = ['2026-01-01T12:00:00Z', '2026-01-01T12:00:00.5+01:00']
    const samples = ['24h', '1h30m', '-1.5s', '300ms', '0', '7ns', '.5m', ...times]
    const { accepted, faults } = fuzz(1, samples, '0123456789.hmsnuµ-+TZ:e', (input) => {
      const parsed = attempt(input, 'malformed', parseDuration)
      attempt(input, 'malformed', parseTimeDuration)
      if (parsed === undefined) return 'refused'
      // Go counts whole nanoseconds: what is finer is lost once, and then no more.
      const text = formatDuration(parsed)
      return stable(text, formatDuration(parseDuration(text)))
    })
    expect(faults).toEqual([])
    expect(accepted).toBeGreaterThan(0.1)
  })

  it('names', () => {
    const addresses = ['10.0.0.1', 'fd00::1', '::ffff:1.2.3.4']
    const samples = [
      'a.example.com',
      '*.b.c',
      'xn--bcher-kva.de',
      'bücher.de',
      'a@b.c',
      'spiffe://a.b/ns/c',
      'localhost:80',
    ]
    const { accepted, faults } = fuzz(2, [...samples, ...addresses], 'abcXYZ019.-_*@:/?#[]%', (input) => {
      isIdentityOf(input, 'a.b')
      const found = nameKinds.flatMap((kind) => attempt(input, 'malformed', (text) => parseName(kind, text)) ?? [])
      const strange = found.find((name) => !/^[\x21-\x7e]+$/.test(name))
      if (strange !== undefined) return { fault: `is taken as ${JSON.stringify(strange)}` }
      const [name, ...more] = listNames(attempt(input, 'malformed', (text) => typeNames([text])) ?? noNames)
      if (name === undefined) return 'refused'
      return more.length > 0 ? { fault: 'is several names' } : stable(name.value, parseName(name.kind, name.value))
    })
    expect(faults).toEqual([])
    expect(accepted).toBeGreaterThan(0.1)
  })

  it('tokens', () => {
    const encode = (text: string) => Buffer.from(text).toString('base64url')
    const audiences = createAudiences(['a.b'])
    const random = chance(3)
    const header = '{"alg":"ES256","kid":"k"}'
    const payload = '{"iss":"i","aud":["https://a.b/1.0/sign#k8ssa/x"],"exp":1,"sub":"s"}'
    const other = '{"aud":"x","sans":["a"],"cnf":{"a":1}}'
    const whole = `${encode(header)}.${encode(payload)}.AA`
    const { accepted, faults } = fuzz(4, ['a.b.c', header, payload, other, whole], '{}[]":,.ae019_-=', (input) => {
      const built = `${encode(random.next() < 0.5 ? header : input)}.${encode(input)}.AA`
      const token = attempt(random.next() < 0.3 ? input : built, 'unauthorized', readUnverified)
      if (token === undefined) return 'refused'
      const { audience } = token.claims
      audiences.acceptsAny(audience, fragmentOf(audience))
      return 'accepted'
    })
    expect(faults).toEqual([])
    expect(accepted).toBeGreaterThan(0.02)
  })

  it('SIGNET_REQUEST and specs of Certificates', () => {
    const samples = [JSON.stringify(request), JSON.stringify({ ...request, x: null }), '{}', '[1]', 'null', '"a"']
    const { accepted, faults } = fuzz(5, samples, '{}[]":,.ae019\\tru', (input) => {
      attempt(input, 'malformed', (text) => wantedCertificate(jsonOf(text)))
      const parsed = attempt(input, 'malformed', parseWorkloadRequest)
      if (parsed === undefined) return 'refused'
      const text = JSON.stringify(parsed)
      return stable(text, JSON.stringify(parseWorkloadRequest(text)))
    })
    expect(faults).toEqual([])
    expect(accepted).toBeGreaterThan(0.02)
  })
})

/** undefined for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
