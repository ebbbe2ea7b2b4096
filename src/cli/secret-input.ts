import type { CliIo } from './io.ts'
import { askPassword } from './prompt.ts'

/** Standard input; from a person at a terminal one line, which is not shown. */
export async function readSecretInput(io: CliIo, label: string): Promise<Uint8Array> {
  return io.stdinIsTerminal ? Buffer.from(await askPassword(io, { label, flag: 'help' })) : io.readStdin()
}
