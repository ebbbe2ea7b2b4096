/** Runs one step of a longer work and prints a line when it is done: what, and the seconds it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const seconds = (): string => ((performance.now() - started) / 1000).toFixed(1)
  // A step of minutes would look like a hang: on a terminal its name stands there while it runs.
  if (process.stderr.isTTY) process.stderr.write(`  … ${what}\r`)
  try {
    const result = await work()
    process.stderr.write(`  ✓ ${what} (${seconds()} s)\n`)
    return result
  } catch (error) {
    process.stderr.write(`  ✗ ${what} (${seconds()} s)\n`)
    throw error
  }
}
