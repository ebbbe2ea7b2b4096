import type { RenderContext } from '../../src/core/templates/render.ts'

/** Noon of 1 June 2026, octets that count up, and a clock that stands still unless told otherwise. */
export function renderContext(changes: Partial<RenderContext> = {}): RenderContext {
  let octet = 0
  return {
    now: Date.UTC(2026, 5, 1, 12),
    random: { bytes: (length) => Uint8Array.from({ length }, () => (octet++ * 37) & 0xff) },
    elapsed: () => 0,
    ...changes,
  }
}
