/** Runs work when all that came before is done; what fails holds nobody up. */
export type Serially = <Result>(work: () => Promise<Result>) => Promise<Result>

/** A queue of its own. */
export function createSerial(): Serially {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
}
