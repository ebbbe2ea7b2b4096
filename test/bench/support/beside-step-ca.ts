import type { ServerProcess } from '../../harness/server-process.ts'
import type { Figure } from '../bench.ts'
import { authorityPrograms, withBenchFolder, type AuthorityProgram, type BenchFolder } from './bench-authority.ts'
import { cpuSeconds, residentMiB } from './process-figures.ts'
import { runLoad } from './run-load.ts'
import type { SignTask } from './sign-load.ts'
import type { LoadResult } from './timed-posts.ts'
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

type Measured = LoadResult & { readonly cpuMs: number; readonly idleMiB: number; readonly loadedMiB: number }

/** Measures one after the other, with the same load. */
export async function besideStepCa(comparison: Comparison): Promise<readonly Figure[]> {
  const { ours, peer } = await authorityPrograms()
  const measure = (program: AuthorityProgram): Promise<Measured> =>
    withBenchFolder(program, comparison.provisioners ?? [], async (folder) => {
      const server = await folder.start()
      try {
        return await load(server, comparison.script, taskFor(folder, comparison.token(folder)))
      } finally {
        await server.stop()
      }
    })
  return compare(await measure(ours), await measure(peer), comparison.cpuRatio)
}

/** The task of a load against this folder's authority. */
export function taskFor({ url, root }: BenchFolder, token: TokenRecipe): SignTask {
  return { url, root, token, connections, count }
}

function compare(ours: Measured, peer: Measured, ratio: number): readonly Figure[] {
  const row = (
    figure: string,
    unit: string,
    pick: (measured: Measured) => number,
    target?: Figure['target'],
  ): Figure => ({
    figure,
    unit,
    ours: pick(ours),
    peer: pick(peer),
    ...(target === undefined ? {} : { target }),
  })
  const held = (text: string, met: boolean) => ({ text, met })
  const cpuTarget = held(`≤ ${ratio} × peer`, ours.cpuMs <= ratio * peer.cpuMs)
  return [
    row('CPU per certificate', 'ms', ({ cpuMs }) => cpuMs, cpuTarget),
    row('rate', '1/s', ({ seconds }) => count / seconds),
    row('p50', 'ms', ({ p50 }) => p50),
    row('p99', 'ms', ({ p99 }) => p99, held('< peer', ours.p99 < peer.p99)),
    row('resident after start', 'MiB', ({ idleMiB }) => idleMiB, held('≤ 90', ours.idleMiB <= 90)),
    row('resident after the load', 'MiB', ({ loadedMiB }) => loadedMiB, held('≤ 120', ours.loadedMiB <= 120)),
    row('failed', '', ({ failed }) => failed, held('0', ours.failed === 0)),
  ]
}

async function load(server: ServerProcess, script: string, task: SignTask): Promise<Measured> {
  const idleMiB = residentMiB(server.pid)
  await runLoad(script, { ...task, count: warmUp }, () => undefined)
  let before = 0
  const result = await runLoad(script, task, () => {
    before = cpuSeconds(server.pid)
  })
  const cpuMs = ((cpuSeconds(server.pid) - before) * 1000) / task.count
  return { ...result, cpuMs, idleMiB, loadedMiB: residentMiB(server.pid) }
}
