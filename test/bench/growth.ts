import type { Bench, Figure } from './bench.ts'
import { connections, jwkToken, taskFor, warmUp } from './support/beside-step-ca.ts'
import { authorityPrograms, withBenchFolder, type AuthorityProgram } from './support/bench-authority.ts'
import { residentMiB } from './support/process-figures.ts'
import { runLoad } from './support/run-load.ts'

const certificates = 100_000
/** Each by a load process of its own: a token lives ten minutes. */
const rounds = 10
/** Resident memory goes up and down with the garbage collector: what is compared is the mean of a few rounds. */
const compared = 3
const limitMiB = 5

/** Whether an authority that has issued a lot takes more memory than one that has issued a little. */
export const bench: Bench = {
  title: `resident memory over ${certificates} × POST /sign after ${2 * warmUp}, JWK token, EC P-256, ${connections} kept connections; peer: step-ca 0.30.2 with Badger`,
  async run() {
    const { ours, peer } = await authorityPrograms()
    return figures(await measure(ours), await measure(peer))
  },
}

function measure(program: AuthorityProgram): Promise<number[]> {
  return withBenchFolder(program, [], async (folder) => {
    const server = await folder.start()
    try {
      const task = taskFor(folder, jwkToken(folder))
      const send = async (count: number): Promise<void> => {
        const { failed } = await runLoad('sign-load.ts', { ...task, count }, () => undefined)
        if (failed > 0) throw new Error(`${failed} of ${count} requests failed`)
      }
      await send(2 * warmUp)
      const resident: number[] = []
      for (let round = 1; round <= rounds; round += 1) {
        await send(certificates / rounds)
        resident.push(residentMiB(server.pid))
      }
      return resident
    } finally {
      await server.stop()
    }
  })
}

function figures(ours: readonly number[], peer: readonly number[]): Figure[] {
  const first = (all: readonly number[]): number => mean(all.slice(0, compared))
  const last = (all: readonly number[]): number => mean(all.slice(-compared))
  const growth = last(ours) - first(ours)
  return [
    { figure: `resident, first ${compared} of ${rounds} rounds`, unit: 'MiB', ours: first(ours), peer: first(peer) },
    { figure: `resident, last ${compared} of ${rounds} rounds`, unit: 'MiB', ours: last(ours), peer: last(peer) },
    {
      figure: 'growth',
      unit: 'MiB',
      ours: growth,
      peer: last(peer) - first(peer),
      target: { text: `≤ ${limitMiB}`, met: growth <= limitMiB },
    },
  ]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
