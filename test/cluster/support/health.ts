import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Kubectl } from '../harness/kubectl.ts'
import { until } from '../harness/wait.ts'

export type Process = { readonly namespace: string; readonly pod: string; readonly container: string }

/** Pods start, and the kubelet's next look takes its time. */
const answerMs = 40_000

const program = `
const answer = await fetch('http://127.0.0.1:9090' + process.argv[1])
console.log(answer.status + ' ' + await answer.text())`

/** Status and body of a path of the metrics port, asked from inside the pod. */
export async function askProcess(
  kubectl: Kubectl,
  { namespace, pod, container }: Process,
  path: string,
): Promise<string> {
  const command = ['node', '--input-type=module', '-e', program, path]
  return (await kubectl.exec(namespace, pod, container, command)).trim()
}

/** The answer of a path of the metrics port as soon as it is the wanted one, or the last within the time. */
export async function answerOf(kubectl: Kubectl, process: Process, path: string, wanted: string): Promise<string> {
  let last = 'no answer'
  const ask = async (): Promise<true | undefined> => {
    last = await askProcess(kubectl, process, path)
    return last === wanted ? true : undefined
  }
  await until(path, answerMs, ask).catch(() => undefined)
  return last
}

const hold = `
const { DatabaseSync } = require('node:sqlite')
const database = new DatabaseSync('/var/lib/signet/db.sqlite')
database.exec('BEGIN IMMEDIATE')
console.log('held')
process.stdin.resume().once('end', () => process.exit())`

/** Keeps everybody else from writing to the store of the default authority, until disposed of. */
export async function holdStore(binary: string, kubeconfig: string): Promise<AsyncDisposable> {
  const where = ['exec', '-i', '-n', 'signet-system', 'signet-0', '-c', 'authority']
  const child = spawn(binary, ['--kubeconfig', kubeconfig, ...where, '--', 'node', '-e', hold])
  const ended = once(child, 'exit')
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('the store could not be held'))),
  ])
  return {
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await ended
    },
  }
}
