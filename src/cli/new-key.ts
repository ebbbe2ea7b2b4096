import { SignetError } from '../core/errors.ts'
import { generateKeyPair, generateRsaKeyPair, type KeyPair } from '../core/x509/private-key.ts'
import { incompatibleFlagValue, invalidChoice, invalidFlag } from './usage-errors.ts'

/** The values of `keyFlags`. */
export type KeyWish = {
  readonly kty: string | undefined
  readonly curve: string | undefined
  readonly size: number | undefined
  readonly insecure: boolean
}

const curves = { 'P-256': 'EC-P256', 'P-384': 'EC-P384', 'P-521': 'EC-P521' } as const
const minimumBits = 2048
/** Nobody waits longer for a key, and TLS stacks refuse more. */
const maximumBits = 16_384

/** Makes the key that flags ask for; EC on P-256 unless they say so. `malformed` for what does not go together. */
export function makeKey({ kty = 'EC', curve, size, insecure }: KeyWish): Promise<KeyPair> {
  const maker = Object.hasOwn(makers, kty) ? makers[kty] : undefined
  if (maker === undefined) throw invalidChoice('kty', kty, Object.keys(makers))
  const unfit = kty === 'RSA' ? curve !== undefined && 'curve' : size !== undefined && 'size'
  if (unfit) throw incompatibleFlagValue(unfit, 'kty', kty)
  return maker(curve, size, insecure)
}

type Maker = (curve: string | undefined, size: number | undefined, insecure: boolean) => Promise<KeyPair>

const makers: Readonly<Record<string, Maker>> = {
  EC(curve = 'P-256') {
    if (!Object.hasOwn(curves, curve)) throw invalidChoice('curve', curve, Object.keys(curves))
    return generateKeyPair(curves[curve as keyof typeof curves])
  },
  OKP(curve = 'Ed25519') {
    if (curve !== 'Ed25519') throw invalidChoice('curve', curve, ['Ed25519'])
    return generateKeyPair('Ed25519')
  },
  RSA(_curve, size = minimumBits, insecure) {
    if (size < minimumBits && !insecure)
      throw new SignetError(
        'malformed',
        `flag '--size' requires at least ${minimumBits} unless '--insecure' flag is provided`,
      )
    if (size < 512 || size > maximumBits) throw invalidFlag('size', String(size), `give 512 to ${maximumBits}`)
    return generateRsaKeyPair(size)
  },
}
