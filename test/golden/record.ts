// Asks the real step-ca the requests of all configurations and writes down what it answers.
// usage: node .config/node24.mjs test/golden/record.ts
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ensureTool, toolVersion } from '../cluster/harness/tools.ts'
import { freePort } from '../harness/free-port.ts'
import { startServer } from '../harness/server-process.ts'
import type { Configuration } from './case.ts'
import { configurations } from './configurations.ts'
import { writeRecording } from './recording.ts'
import { runCases } from './run-cases.ts'
import { makeGoldenFolder } from './target.ts'
import { createWorld } from './world.ts'

const stepCa = await ensureTool('step-ca')
const program = `step-ca ${toolVersion('step-ca')}`
for (const configuration of configurations) await record(configuration)

async function record(configuration: Configuration): Promise<void> {
  const now = (): number => Date.now()
  const world = createWorld(now)
  const port = await freePort()
  const url = `https://localhost:${port}`
  const folder = await makeGoldenFolder(configuration, world, `127.0.0.1:${port}`)
  const logFile = join(folder.path, 'step-ca.log')
  const command = [stepCa, folder.config, '--password-file', folder.passwordFile] as const
  const server = await startServer(command, { logFile, url })
  try {
    const wait = (seconds: number): Promise<void> => delay(seconds * 1000)
    const exchanges = await runCases(configuration, { folder, url, world, now, wait })
    writeRecording(configuration.name, { program, exchanges })
    process.stdout.write(`${configuration.name}: ${exchanges.length} exchanges\n`)
  } finally {
    await server.stop()
    folder.remove()
  }
}
