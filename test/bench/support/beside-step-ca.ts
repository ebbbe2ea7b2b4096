import type { Figure } from '../bench.ts'
import { authorityPrograms, withBenchFolder, type AuthorityProgram, type BenchFolder } from './bench-authority.ts'
import { measureLoad, nothingYet, type Measured } from './measured-server.ts'
import { percentile } from './percentile.ts'
import { residentMiB } from './process-figures.ts'
import { runLoad } from './run-load.ts'
import type { SignTask } from './sign-load.ts'
import type { TokenRecipe } from './token-recipe.ts'

export const connections = 32
export const count = 20_000
/**
 * Sent before the measured ones: a server runs for months, and V8 has compiled what it compiles after some 12,000 requests
 * (`--trace-opt`). Resident memory is that after both.
 */
export const warmUp = 12_000

/** How much of both is said in a title. */
export const howMuch = `after ${warmUp}, EC P-256, ${connections} kept connections; peer: step-ca 0.30.2 with Badger`

/** One kind of request, sent to signet and to step-ca. */
export type Comparison = {
  /** A file of this folder that takes a SignTask. */
  readonly script: string
  /** Besides the JWK provisioner of `ca init`, as in ca.json of both. */
  readonly provisioners?: readonly object[]
  readonly token: (folder: BenchFolder) => TokenRecipe
  /** The most CPU per certificate, as a part of the peer's. */
  readonly cpuRatio: number
}

/** The JWK provisioner's tokens, as `step ca token` makes them. */
export const jwkToken: Comparison['token'] = ({ url, provisioner: { name, kid, key } }) => ({
  key: key.export({ format: 'jwk' }),
  header: { kid },
  claims: { aud: `${url}/1.0/sign`, iss: name, sub: 'web.test', sans: ['web.test'] },
})

/** So many times the two are measured in turn: the speed of a shared machine drifts, and the ratio must not. */
const turns = 5

/** A server that is measured. */
type Contestant = {
  readonly pid: number
  readonly task: SignTask
  readonly idleMiB: number
  measured: Measured
}

/** Starts both, measures them in turn with the same load, and compares. */
export async function besideStepCa(comparison: Comparison): Promise<readonly Figure[]> {
  const programs = await authorityPrograms()
  return withContestant(programs.ours, comparison, (ours) =>
    withContestant(programs.peer, comparison, async (peer) => {
      const both = [ours, peer]
      const { script, cpuRatio } = comparison
      for (const { task } of both) await runLoad(script, { ...task, count: warmUp }, () => undefined)
      for (let turn = 0; turn < turns; turn += 1) {
        for (const one of both) {
          const task = { ...one.task, count: count / turns }
          one.measured = await measureLoad(one.pid, script, task, one.measured)
        }
      }
      return compare(figuresOf(ours), figuresOf(peer), cpuRatio)
    }),
  )
}

function withContestant<T>(
  program: AuthorityProgram,
  { provisioners = [], token }: Comparison,
  use: (contestant: Contestant) => Promise<T>,
): Promise<T> {
  return withBenchFolder(program, provisioners, async (folder) => {
    const server = await folder.start()
    try {
      const task = taskFor(folder, token(folder))
      return await use({ pid: server.pid, task, idleMiB: residentMiB(server.pid), measured: nothingYet })
    } finally {
      await server.stop()
    }
  })
}

/** The task of a load against this folder's authority. */
export function taskFor({ url, root }: BenchFolder, token: TokenRecipe): SignTask {
  return { url, root, token, connections, count }
}

type Figures = ReturnType<typeof figuresOf>

function figuresOf({ pid, idleMiB, measured }: Contestant) {
  const { cpuSeconds, seconds, latencies, failed } = measured
  return {
    cpuMs: (cpuSeconds * 1000) / measured.count,
    rate: measured.count / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    idleMiB,
    loadedMiB: residentMiB(pid),
    failed,
  }
}

function compare(ours: Figures, peer: Figures, ratio: number): readonly Figure[] {
  const row = (figure: string, unit: string, name: keyof Figures, target?: readonly [string, boolean]): Figure => ({
    figure,
    unit,
    ours: ours[name],
    peer: peer[name],
    ...(target === undefined ? {} : { target: { text: target[0], met: target[1] } }),
  })
  return [
    row('CPU per certificate', 'ms', 'cpuMs', [`≤ ${ratio} × peer`, ours.cpuMs <= ratio * peer.cpuMs]),
    row('rate', '1/s', 'rate'),
    row('p50', 'ms', 'p50'),
    row('p99', 'ms', 'p99', ['< peer', ours.p99 < peer.p99]),
    row('resident after start', 'MiB', 'idleMiB', ['≤ 90', ours.idleMiB <= 90]),
    row('resident after the load', 'MiB', 'loadedMiB', ['≤ 120', ours.loadedMiB <= 120]),
    row('failed', '', 'failed', ['0', ours.failed === 0]),
  ]
}
