/** Liveness fails after a stall of this length: the authority's slowest honest turn is a few milliseconds. */
const stallLimitMs = 10_000
/** How long a stall that is over is still reported: three kubelet probes at their default period of 10 s. */
const rememberMs = 30_000
const beatMs = 1000

export type StallMonitor = {
  /** Milliseconds that the event loop stood still, if it was at least 10 s and is not over for more than 30 s. */
  stalledForMs(): number | undefined
  stop(): void
}

/** Watches the event loop by a timer and a clock that no clock step moves (`now`, milliseconds). */
export function createStallMonitor(now: () => number = () => performance.now()): StallMonitor {
  let lastBeat = now()
  let worst: { readonly length: number; readonly endedAt: number } | undefined
  const beat = (): void => {
    const time = now()
    const length = time - lastBeat - beatMs
    if (length >= stallLimitMs) worst = { length, endedAt: time }
    lastBeat = time
  }
  const timer = setInterval(beat, beatMs)
  timer.unref()
  return {
    stalledForMs() {
      const time = now()
      // Asked right after a stall, before the timer had its turn.
      if (time - lastBeat >= beatMs + stallLimitMs) beat()
      return worst !== undefined && time - worst.endedAt < rememberMs ? worst.length : undefined
    },
    stop: () => clearInterval(timer),
  }
}
