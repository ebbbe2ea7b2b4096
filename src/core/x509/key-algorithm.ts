/** The kinds of key that Signet makes; requests may also carry other RSA sizes from 2048 bits and the three NIST curves. */
export const keyAlgorithms = ['EC-P256', 'EC-P384', 'EC-P521', 'RSA-2048', 'RSA-3072', 'RSA-4096', 'Ed25519'] as const
export type KeyAlgorithm = (typeof keyAlgorithms)[number]

/** Signatures that quantum computers cannot forge (FIPS 204; in certificates RFC 9881), which few programs know yet. */
export const mlDsaAlgorithms = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const
export type MlDsaAlgorithm = (typeof mlDsaAlgorithms)[number]

export function isMlDsa(algorithm: string): algorithm is MlDsaAlgorithm {
  return mlDsaAlgorithms.some((known) => known === algorithm)
}
