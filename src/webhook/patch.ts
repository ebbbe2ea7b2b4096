import { annotationsOf, containersOf, type Container, type Pod } from './pod.ts'
import { autocertStatus, injected, ownStatus } from './annotations.ts'
import { appMount, injectedContainers, injectedVolumes, names, type Injection } from './containers.ts'
import { SignetError } from '../core/errors.ts'
import { append, pointer, prepend, type JsonPatch } from './json-patch.ts'

/** The changes that inject a certificate into `pod`. The same pod gives the same patch. */
export function patchFor(pod: Pod, injection: Injection): JsonPatch {
  const { spec } = pod
  return [
    // Before the containers are inserted, because that shifts the positions of the pod's own.
    ...mounts('initContainers', spec.initContainers ?? [], injection.directory),
    ...mounts('containers', spec.containers, injection.directory),
    ...prepend('/spec/initContainers', spec.initContainers, injectedContainers(pod, injection)),
    ...append('/spec/volumes', spec.volumes, injectedVolumes(injection)),
    ...statuses(pod),
  ]
}

function mounts(list: string, containers: readonly Container[], directory: string): JsonPatch {
  return containers.flatMap((container, index) =>
    append(pointer('spec', list, index, 'volumeMounts'), container.volumeMounts, [appMount(directory)]),
  )
}

function statuses(pod: Pod): JsonPatch {
  const wanted = { [autocertStatus]: injected, [ownStatus]: injected }
  if (pod.metadata.annotations === undefined) return [{ op: 'add', path: '/metadata/annotations', value: wanted }]
  return Object.entries(wanted).map(([key, value]) => ({
    op: 'add',
    path: pointer('metadata', 'annotations', key),
    value,
  }))
}

/** Fails with `malformed` where the pod has something of its own by a name or at a place that the injection needs. */
export function checkForConflicts(pod: Pod, directory: string): void {
  const containers = containersOf(pod)
  const container = containers.find(({ name }) => name === names.bootstrap || name === names.renew)
  if (container)
    throw conflict(
      `container ${JSON.stringify(container.name)} is there already`,
      'signet adds it itself: remove it or rename it',
    )
  const volume = pod.spec.volumes?.find(({ name }) => name === names.certificates || name === names.token)
  if (volume)
    throw conflict(
      `volume ${JSON.stringify(volume.name)} is there already`,
      'signet adds it itself: remove it or rename it',
    )
  const mounting = containers.find((candidate) =>
    candidate.volumeMounts?.some(({ mountPath }) => isSame(mountPath, directory)),
  )
  if (mounting) {
    throw conflict(
      `container ${JSON.stringify(mounting.name)} mounts a volume at ${directory}`,
      'signet mounts the certificate there: remove the mount',
    )
  }
}

/** Is this the output of `patchFor`, seen again because another webhook changed the pod after it? */
export function isInjected(pod: Pod): boolean {
  const own = new Set(containersOf(pod).map(({ name }) => name))
  return annotationsOf(pod)[ownStatus] === injected && own.has(names.bootstrap)
}

function isSame(path: string, directory: string): boolean {
  return path.replace(/\/+$/, '') === directory
}

function conflict(what: string, remedy: string): SignetError {
  return new SignetError('malformed', `${what}: ${remedy}`, { reason: 'BadRequest' })
}
