import { generateKeyPairSync, type KeyObject } from 'node:crypto'

export const anRsaKey = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey
export const anEcKey = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey

/** Makes a private key of each kind that is certified, by name. */
export const keyKinds: Readonly<Record<string, () => KeyObject>> = {
  'RSA 2048': () => anRsaKey(2048),
  'RSA 3072': () => anRsaKey(3072),
  'RSA 4096': () => anRsaKey(4096),
  'P-256': () => anEcKey('P-256'),
  'P-384': () => anEcKey('P-384'),
  'P-521': () => anEcKey('P-521'),
  Ed25519: () => generateKeyPairSync('ed25519').privateKey,
}
