import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerProcess } from '../../harness/server-process.ts'
import { initFolder, type CaFolder } from '../support/ca-folder.ts'
import { serve } from '../support/serve.ts'
import { openIssuer, type Held } from './issuer.ts'
import { answeredCertificates, type Answered } from './order.ts'
import { parseTrace } from './trace.ts'

/** Every call by which a server can write to a socket or a file, or make a file durable. */
const traced = 'write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,sendfile,fsync,fdatasync'
/** Longer than an answer and a page of the database: what is cut cannot be judged. */
const longestBuffer = 65_536

export type TracedRun = {
  readonly held: readonly Held[]
  readonly answered: readonly Answered[]
}

/** Issues `count` certificates over 32 connections with the server under strace, and reads what it did. */
export async function issueTraced(synchronous: 'full' | 'off', count: number): Promise<TracedRun> {
  const folder = await initFolder('signet')
  try {
    const trace = join(folder.path, '..', 'trace')
    const { held, secrets } = await issueUnderStrace(folder, synchronous, trace, count)
    const calls = parseTrace(readFileSync(trace, 'latin1').split('\n'))
    const wal = join(realpathSync(folder.file('db')), 'signet.db-wal')
    return { held, answered: answeredCertificates({ calls, wal, secrets }) }
  } finally {
    folder.remove()
  }
}

async function issueUnderStrace(folder: CaFolder, synchronous: string, trace: string, count: number) {
  const config = folder.variant('traced.json', { signet: { storage: { synchronous } } })
  const options = ['-f', '--seccomp-bpf', '-yy', '-x', '-s', `${longestBuffer}`, '-e', `trace=${traced}`]
  const server = await serve('signet', folder, { config, prefix: ['strace', ...options, '-o', trace] })
  try {
    return await issueAll(folder, count)
  } finally {
    await stopTraced(server)
  }
}

async function issueAll(folder: CaFolder, count: number) {
  const connections = 32
  const issuer = openIssuer(folder, connections)
  const held: Held[] = []
  let started = 0
  const work = async (): Promise<void> => {
    while (started++ < count) held.push(await issuer.issue())
  }
  try {
    await Promise.all(Array.from({ length: connections }, work))
    return { held, secrets: issuer.secrets }
  } finally {
    issuer.close()
  }
}

/** strace that writes to a file takes no signals: the program below it is asked to end, and strace follows it. */
async function stopTraced({ pid, ended }: ServerProcess): Promise<void> {
  const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  // 0 or less would be a signal to a whole group.
  if (Number(child) > 0) process.kill(Number(child), 'SIGTERM')
  await ended
}
