/** The kinds of key that Signet makes; requests may also carry other RSA sizes from 2048 bits and the three NIST curves. */
export const keyAlgorithms = ['EC-P256', 'EC-P384', 'EC-P521', 'RSA-2048', 'RSA-3072', 'RSA-4096', 'Ed25519'] as const
export type KeyAlgorithm = (typeof keyAlgorithms)[number]
