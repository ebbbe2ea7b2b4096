import { runCommandLine } from '../cli/program.ts'
import { processes, type ProcessMain } from './processes.ts'
import { systemClock, systemRandom } from './system.ts'
import { version } from './version.ts'

/** Every command that is not a process of its own. */
export const runCommand: ProcessMain = (args) =>
  runCommandLine(
    args,
    {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      env: process.env,
      clock: systemClock,
      random: systemRandom,
      version,
    },
    [...processes].map(([name, { summary }]) => ({ name, summary })),
  )
