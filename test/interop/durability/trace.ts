// The output of `strace -f -yy -x`, one system call after the other.

/** A system call on a descriptor, with its place in the trace: a line number, the first is 0. */
export type Call = {
  readonly name: string
  /** What the descriptor is: a path, or `TCP:[<our address>-><their address>]`. */
  readonly target: string
  /** What was handed over; empty where strace showed it as text, which neither TLS records nor pages of SQLite are. */
  readonly data: Buffer
  readonly entered: number
  /** Infinity if it never did. */
  readonly returned: number
  /** -1 if it failed, absent if it never returned. */
  readonly result?: number
}

const entry = /^(\d+) +(\w+)\(\d+<(.*?)>(?=[,) ])/
const unfinished = ' <unfinished ...>'
const resumption = /^(\d+) +<\.\.\. \w+ resumed>/
const result = /^.*\) += (-?\d+)(?: [^"]*)?$/
const hexadecimal = /"(\\x[^"]*)"/g
/** Longer than any end of a line that holds a result. */
const tailLength = 200

/** All calls on descriptors, in the order in which they were entered. Everything else in the trace is passed over. */
export function parseTrace(lines: Iterable<string>): Call[] {
  const calls: Call[] = []
  /** By thread, the place in `calls` of the one that is under way. */
  const open = new Map<string, number>()
  let at = -1
  for (const line of lines) {
    at++
    const [, resumedThread] = resumption.exec(line) ?? []
    if (resumedThread !== undefined) {
      const index = open.get(resumedThread) ?? -1
      const begun = calls[index]
      if (begun !== undefined) calls[index] = { ...begun, ...endOf(line, at) }
      open.delete(resumedThread)
      continue
    }
    const [, thread, name, target] = entry.exec(line) ?? []
    if (thread === undefined || name === undefined || target === undefined) continue
    if (line.endsWith(unfinished)) open.set(thread, calls.length)
    calls.push({ name, target, data: bytesOf(line), entered: at, ...endOf(line, at) })
  }
  return calls
}

/** Nobody has seen a call return whose line ends with `<unfinished ...>`, or with `= ?`: it was cut off. */
function endOf(line: string, at: number): Pick<Call, 'returned' | 'result'> {
  const found = result.exec(line.slice(-tailLength))
  return found === null ? { returned: Infinity } : { returned: at, result: Number(found[1]) }
}

/** The buffers of a call, one after the other. */
function bytesOf(line: string): Buffer {
  const texts = [...line.matchAll(hexadecimal)].map(([, text = '']) => text.replaceAll('\\x', ''))
  return Buffer.from(texts.join(''), 'hex')
}
