import { join } from 'node:path'
import { SignetError } from '../../core/errors.ts'
import { addFault, readJson, readMembers, readWord, type JsonNode } from '../../core/json-reader.ts'
import { parseWorkloadRequest, type WorkloadRequest } from '../../core/workload-request.ts'
import type { InjectionSettings } from '../../webhook/containers.ts'
import { parseQuantity, type ContainerResources } from '../../webhook/resources.ts'

/** What the chart tells the webhook. */
export type WebhookSettings = {
  /** The Authority of pods that name none; it also certifies the webhook itself. */
  readonly authority: string
  readonly provisioner: string
  /** The webhook's own projected token and wish. */
  readonly tokenFile: string
  readonly request: WorkloadRequest
  readonly podUid: string
  readonly injection: InjectionSettings
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Where the programs of the injected containers lie in the image, which is the webhook's own. */
export type ImagePaths = {
  readonly node: string
  /** Folder of the bundles. */
  readonly bundles: string
}

/** Reads the environment that the chart sets. Fails with `malformed`, naming the variable. */
export function readSettings(environment: Environment, paths: ImagePaths): WebhookSettings {
  const need = (name: string): string => {
    const value = environment[name]
    if (value === undefined || value === '')
      throw new SignetError('malformed', `${name} is not set: the chart sets it`, { path: name })
    return value
  }
  return {
    authority: need('SIGNET_AUTHORITY'),
    provisioner: need('SIGNET_PROVISIONER'),
    tokenFile: need('SIGNET_TOKEN_FILE'),
    request: parseWorkloadRequest(need('SIGNET_REQUEST')),
    podUid: need('POD_UID'),
    injection: readInjection(need('SIGNET_INJECTION'), paths),
  }
}

const variable = 'SIGNET_INJECTION'

function readInjection(text: string, { node, bundles }: ImagePaths): InjectionSettings {
  const program = [node, join(bundles, 'workload.cjs')]
  return readJson(parseJson(text), variable, (root) => {
    const members = readMembers(root, ['image', 'imagePullPolicy', 'bootstrap', 'renew'], 'exact')
    const pullPolicy = members.get('imagePullPolicy')
    return {
      image: readWord(members.need('image')),
      ...(pullPolicy && { imagePullPolicy: readWord(pullPolicy) }),
      bootstrap: { command: [...program, 'bootstrap'], resources: readResources(members.need('bootstrap')) },
      renew: {
        command: ['/bin/sh', join(bundles, '..', 'sidecar.sh'), ...program, 'renew'],
        resources: readResources(members.need('renew')),
      },
    }
  })
}

function readResources(node: JsonNode): ContainerResources {
  const members = readMembers(node, ['requests', 'limits'], 'exact')
  return { requests: readQuantities(members.need('requests')), limits: readQuantities(members.need('limits')) }
}

function readQuantities(node: JsonNode): ContainerResources['limits'] {
  const members = readMembers(node, ['cpu', 'memory'], 'exact')
  return { cpu: readQuantity(members.need('cpu')), memory: readQuantity(members.need('memory')) }
}

/** A quantity as text; helm writes whole numbers as numbers. */
function readQuantity(node: JsonNode): string {
  const text = typeof node.value === 'number' ? String(node.value) : readWord(node)
  if (text !== '' && !(parseQuantity(text) > 0))
    addFault(node, 'must be a quantity greater than zero, such as 100m or 96Mi')
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SignetError('malformed', `${variable} is not JSON`, { path: variable, cause: error })
  }
}
