import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { LoadResult } from './timed-posts.ts'

/**
 * Runs a load (a file of this folder that ends with `postWhenTold`) in a process of its own with its task as JSON;
 * `onStart` is called when all requests are made and none is sent.
 */
export function runLoad(script: string, task: object, onStart: () => void): Promise<LoadResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said === 'ready\n') {
        onStart()
        child.stdin.write('go\n')
      }
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve(JSON.parse(said.slice('ready\n'.length)) as LoadResult)
      else reject(new Error(`the load ended with ${code}`))
    })
  })
}
