import type { Provisioner } from './provisioner.ts'

/** Under which the tokens of a provisioner are found; each id belongs to one provisioner only. */
export function tokenIdsOf({ tokenId, otherTokenId = tokenId }: Provisioner): readonly string[] {
  return [...new Set([tokenId, otherTokenId])]
}
