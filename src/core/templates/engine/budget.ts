import { FunctionError } from './template-error.ts'

/** How much one rendering may cost. */
export type Limits = {
  /** Nodes visited and functions called; regular expressions count by pattern and text. */
  readonly steps: number
  /** Octets and list items made on the way. */
  readonly allocation: number
  /** Octets of the result. */
  readonly output: number
  /** Templates in templates, and lists in lists. */
  readonly depth: number
  /** Milliseconds. */
  readonly time: number
}

/** Ten times what a large template needs. The steps alone are done in 100 ms; time is for a machine that is in trouble. */
export const defaultLimits: Limits = {
  steps: 100_000,
  allocation: 4 * 1024 * 1024,
  output: 256 * 1024,
  depth: 100,
  time: 500,
}

/** What is left of the limits. Each method throws a `limit` error when nothing is. */
export type Budget = {
  readonly limits: Limits
  readonly step: (count?: number) => void
  /** Before as much is made. */
  readonly allocate: (size: number) => void
  readonly output: (size: number) => void
  readonly deep: (depth: number) => void
}

/** How many steps pass between looks at the clock. */
const stride = 256

export function createBudget(limits: Limits, now: () => number): Budget {
  const left = { steps: limits.steps, allocation: limits.allocation, output: limits.output }
  const end = now() + limits.time
  let nextLook = limits.steps - stride
  const spend = (what: keyof typeof left, size: number, unit: string) => {
    left[what] -= size
    if (!(left[what] >= 0)) throw new FunctionError(`more than ${limits[what]} ${unit}`, 'limit')
  }
  const look = () => {
    if (now() > end) throw new FunctionError(`more than ${limits.time} ms`, 'limit')
  }
  return {
    limits,
    step(count = 1) {
      spend('steps', count, 'steps')
      if (left.steps > nextLook) return
      nextLook = left.steps - stride
      look()
    },
    allocate(size) {
      spend('allocation', size, 'octets in memory')
      if (size > 65_536) look()
    },
    output: (size) => spend('output', size, 'octets of output'),
    deep(depth) {
      if (depth > limits.depth) throw new FunctionError(`more than ${limits.depth} levels`, 'limit')
    },
  }
}
