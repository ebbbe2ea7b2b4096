/**
 * `node workload.cjs bootstrap|renew`: how the injected containers start their programs. The same as `signet bootstrap` and
 * `signet renew` without the launcher, with which they would take 3.5 MiB more at their peak (59 MiB).
 */
import { runBootstrap, runRenew } from './workload.ts'

const programs = new Map([
  ['bootstrap', runBootstrap],
  ['renew', runRenew],
])

const [name = '', ...args] = process.argv.slice(2)
const program = programs.get(name)
if (program === undefined) {
  process.stderr.write(`usage: workload.cjs ${[...programs.keys()].join('|')}\n`)
  process.exitCode = 2
} else {
  void program(args).then((code) => {
    process.exitCode = code
  })
}
