import { isAbsolute } from 'node:path'
import { SignetError } from '../core/errors.ts'
import { parseWorkloadRequest, workloadRequestVariable, type WorkloadRequest } from '../core/workload-request.ts'

/** What the webhook wrote into the environment of an injected container. */
export type WorkloadSettings = {
  readonly request: WorkloadRequest
  readonly authority: {
    readonly url: string
    /** IP address to connect to, where the pod does not ask the cluster's DNS. */
    readonly address?: string
    /** PEM; the first trust. */
    readonly roots: string
  }
  /** The projected service account token. */
  readonly tokenFile: string
  /** Where the files go. */
  readonly directory: string
  /** Permission bits of the files. */
  readonly mode: number
  readonly pod: { readonly uid: string; readonly ips: readonly string[] }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the environment of an injected container. Fails with `malformed`, naming the variable. */
export function readSettings(environment: Environment): WorkloadSettings {
  const need = (name: string): string => {
    const value = environment[name]
    if (value === undefined || value === '')
      throw wrong(name, 'is not set: the webhook sets it in the containers that it injects')
    return value
  }
  const address = environment['SIGNET_AUTHORITY_ADDRESS']
  return {
    request: parseWorkloadRequest(need(workloadRequestVariable)),
    authority: { url: need('SIGNET_AUTHORITY_URL'), roots: need('SIGNET_ROOTS'), ...(address ? { address } : {}) },
    tokenFile: need('SIGNET_TOKEN_FILE'),
    directory: parseDirectory(need('SIGNET_DIRECTORY')),
    mode: parseMode(need('SIGNET_MODE')),
    pod: {
      uid: need('POD_UID'),
      ips: (environment['POD_IPS'] ?? '').split(',').filter((ip) => ip !== ''),
    },
  }
}

function parseDirectory(text: string): string {
  if (!isAbsolute(text)) throw wrong('SIGNET_DIRECTORY', 'must be an absolute path')
  return text
}

function parseMode(text: string): number {
  if (!/^0[0-7]{3}$/.test(text)) throw wrong('SIGNET_MODE', 'must be octal, such as 0640')
  return Number.parseInt(text, 8)
}

function wrong(name: string, what: string): SignetError {
  return new SignetError('malformed', `${name} ${what}`, { path: name })
}
