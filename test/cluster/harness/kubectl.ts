import { randomBytes } from 'node:crypto'
import { CommandError, run, tryRun } from './run.ts'
import type { RunOptions, RunResult } from './run.ts'
import { until } from './wait.ts'

/** An object of the API as far as the tests read one; a test that reads more passes its own type. */
export type KubeObject = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; uid?: string; [more: string]: unknown }
  [more: string]: unknown
}

/** What a test asks of the cluster. Every call is a run of the real kubectl. */
export type Kubectl = {
  /** Runs kubectl and returns its standard output; throws with its error text on any status but 0. */
  (args: readonly string[], options?: RunOptions): Promise<string>
  /** Runs kubectl and returns status and output, whatever they are. */
  try(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** `kubectl get ARGS -o json`, parsed. */
  get<T = KubeObject>(...args: readonly string[]): Promise<T>
  /** The same, or undefined where the API server says NotFound. */
  find<T = KubeObject>(...args: readonly string[]): Promise<T | undefined>
  /** Server-side apply of objects, or of a manifest's text. */
  apply(objects: readonly unknown[] | string): Promise<void>
  /**
   * `kubectl wait --for=CONDITION RESOURCE` in a namespace. Fails after `timeoutMs` (default 60 s) with the pods, their
   * states and the events of that namespace.
   */
  waitFor(namespace: string, resource: string, condition: string, timeoutMs?: number): Promise<void>
  /** Asks until the answer is not undefined; on failure the message carries pods and events of the namespace. */
  eventually<T>(
    namespace: string,
    what: string,
    timeoutMs: number,
    ask: () => Promise<T | undefined>,
    intervalMs?: number,
  ): Promise<T>
  /** What a container has written since its start. */
  logs(namespace: string, pod: string, container: string): Promise<string>
  /** Runs a command in a container and returns its standard output. */
  exec(namespace: string, pod: string, container: string, command: readonly string[], input?: string): Promise<string>
  /** Makes a namespace of its own name; its disposal removes it without waiting for the end. */
  createNamespace(prefix: string, labels?: Readonly<Record<string, string>>): Promise<TestNamespace>
  /** Pods and events of a namespace as text, for the message of a test that failed. */
  describe(namespace: string): Promise<string>
}

export type TestNamespace = { readonly name: string; [Symbol.asyncDispose](): Promise<void> }

/** Binds kubectl to a kubeconfig. `binary`: path of kubectl (`ensureTool('kubectl')`). */
export function createKubectl(binary: string, kubeconfig: string): Kubectl {
  const withConfig = (args: readonly string[]): string[] => ['--kubeconfig', kubeconfig, ...args]
  const call = (args: readonly string[], options?: RunOptions): Promise<string> =>
    run(binary, withConfig(args), options)
  const attempt = (args: readonly string[], options?: RunOptions): Promise<RunResult> =>
    tryRun(binary, withConfig(args), options)

  const describe = async (namespace: string): Promise<string> => {
    const pods = await attempt(['get', 'pods', '-n', namespace, '-o', 'wide'])
    const conditions = await attempt(['get', 'pods', '-n', namespace, '-o', `jsonpath=${podStates}`])
    const events = await attempt(['get', 'events', '-n', namespace, '--sort-by=.lastTimestamp'])
    const last = events.stdout.trim().split('\n').slice(-25).join('\n')
    return `\npods of ${namespace}:\n${pods.stdout}${conditions.stdout}\nevents of ${namespace}:\n${last}`
  }

  const explained = async <T>(namespace: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`${message}${await describe(namespace)}`, { cause })
    }
  }

  return Object.assign(call, {
    try: attempt,
    describe,
    async get<T>(...args: readonly string[]): Promise<T> {
      return JSON.parse(await call(['get', ...args, '-o', 'json'])) as T
    },
    async find<T>(...args: readonly string[]): Promise<T | undefined> {
      const command = ['get', ...args, '-o', 'json']
      const result = await attempt(command)
      if (result.status === 0) return JSON.parse(result.stdout) as T
      if (result.stderr.includes('(NotFound)')) return undefined
      throw new CommandError('kubectl', command, result)
    },
    async apply(objects: readonly unknown[] | string): Promise<void> {
      const input =
        typeof objects === 'string' ? objects : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
      await call(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input })
    },
    async waitFor(namespace: string, resource: string, condition: string, timeoutMs = 60_000): Promise<void> {
      const limit = `--timeout=${Math.ceil(timeoutMs / 1000)}s`
      await explained(namespace, () => call(['wait', '-n', namespace, resource, `--for=${condition}`, limit]))
    },
    eventually<T>(
      namespace: string,
      what: string,
      timeoutMs: number,
      ask: () => Promise<T | undefined>,
      intervalMs = 500,
    ): Promise<T> {
      return explained(namespace, () => until(what, timeoutMs, ask, intervalMs))
    },
    logs: (namespace: string, pod: string, container: string) => call(['logs', '-n', namespace, pod, '-c', container]),
    exec(namespace: string, pod: string, container: string, command: readonly string[], input?: string) {
      const interactive = input === undefined ? [] : ['-i']
      const args = ['exec', ...interactive, '-n', namespace, pod, '-c', container, '--', ...command]
      return call(args, input === undefined ? {} : { input })
    },
    async createNamespace(prefix: string, labels: Readonly<Record<string, string>> = {}): Promise<TestNamespace> {
      const name = `${prefix}-${randomBytes(3).toString('hex')}`
      await call(['create', '-f', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
      })
      // A pod that starts before its ServiceAccount is there is refused, not retried.
      await until(`the default ServiceAccount of ${name}`, 20_000, async () => {
        const found = await attempt(['get', 'serviceaccount', 'default', '-n', name])
        return found.status === 0 ? true : undefined
      })
      const remove = ['delete', 'namespace', name, '--wait=false', '--ignore-not-found']
      return { name, [Symbol.asyncDispose]: async () => void (await call(remove)) }
    },
  })
}

/** One line for each container that waits or has ended: pod, container and state. */
const podStates =
  '{range .items[*]}{.metadata.name}{": "}{range .status.initContainerStatuses[*]}{.name}={.state} {end}' +
  '{range .status.containerStatuses[*]}{.name}={.state} {end}{"\\n"}{end}'
