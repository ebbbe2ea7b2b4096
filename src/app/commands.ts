import { runCommandLine } from '../cli/program.ts'
import { systemIo } from './cli-io.ts'
import { processes, type ProcessMain } from './processes.ts'

/** Every command that is not a process of its own. */
export const runCommand: ProcessMain = (args) =>
  runCommandLine(
    args,
    systemIo(),
    [...processes].map(([name, { summary }]) => ({ name, summary })),
  )
