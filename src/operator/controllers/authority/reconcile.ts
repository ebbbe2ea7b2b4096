import { delayAfter, type Backoff } from '../../../core/backoff.ts'
import { equalBytes } from '../../../core/bytes.ts'
import { isSignetError } from '../../../core/errors.ts'
import { authorities as authorityKind, type Authority, type ObjectKey } from '../../../core/resources/index.ts'
import type { Metrics } from '../../../core/metrics.ts'
import { parseCertificateRequest } from '../../../core/x509/csr.ts'
import { isTrue } from '../../conditions.ts'
import { secrets as secretKind } from '../../kinds.ts'
import { isApplied } from '../../manifest.ts'
import { labels } from '../../names.ts'
import { rememberOwnWrites } from '../../own-writes.ts'
import type { Informer, KubeApi } from '../../ports.ts'
import type { Reporter } from '../../reporter.ts'
import { textSha256 } from '../certificate/secret-facts.ts'
import {
  acceptIntermediate,
  createIntermediateKey,
  createIntermediateRequest,
  createRoot,
  signIntermediate,
  type CreateDeps,
} from './create-material.ts'
import { configProblem } from './check-config.ts'
import { decideMaterial, foreignMessage, pemOf, type ActiveMaterial, type MaterialDecision } from './decide.ts'
import { gatherProvisioners, gatherReplicas, gatherSecrets, type AuthoritySecrets, type GatherDeps } from './gather.ts'
import { readMaterial } from './material.ts'
import { applyOwnedObjects, type Obstacle, type OwnedObjectDeps } from './owned-objects.ts'
import { renderConfig, renderConfigSecret, type AuthorityConfig } from './render/config.ts'
import type { AuthorityPod } from './render/context.ts'
import { authorityStatus, type AuthorityObservation } from './status.ts'

export type AuthorityDeps = CreateDeps &
  OwnedObjectDeps &
  GatherDeps & {
    readonly kube: Pick<KubeApi, 'get' | 'create' | 'apply'>
    readonly authorities: Pick<Informer<Authority>, 'get'>
    readonly reporter: Reporter
    readonly metrics: Pick<Metrics, 'set' | 'remove'>
    /** Names that the chart gave rights for. */
    readonly permitted: ReadonlySet<string>
    readonly pod: AuthorityPod
  }

const readyMetric = 'signet_authority_ready_status'

/** While replicas load a new configuration, they are asked often, and less and less if they do not. */
const loadingBackoff: Backoff = { firstMs: 500, longestMs: 30_000 }
/** When all is well, they are asked now and then. Milliseconds. */
const settledMs = 30_000

/** Brings one Authority where it should be; resolves to the milliseconds after which to look again, if at all. */
export function createAuthorityReconciler(deps: AuthorityDeps): (key: ObjectKey) => Promise<number | undefined> {
  const own = rememberOwnWrites(deps.authorities)
  /** How often in a row replicas were found without this configuration. */
  const waits = new Map<string, { readonly configGeneration: string | undefined; readonly count: number }>()
  const waitForReplicas = (name: string, { configGeneration }: AuthorityObservation): number => {
    const before = waits.get(name)
    const count = before?.configGeneration === configGeneration ? (before?.count ?? 0) + 1 : 1
    waits.set(name, { configGeneration, count })
    return delayAfter(loadingBackoff, count)
  }
  return async (key) => {
    const authority = own.get(key)
    if (authority === undefined || authority.metadata.deletionTimestamp !== undefined) {
      waits.delete(key.name)
      deps.metrics.remove(readyMetric, { name: key.name })
      return undefined
    }
    const observation = deps.permitted.has(key.name) ? await bringUp(authority, deps) : notPermitted(authority)
    const status = authorityStatus(authority, observation, deps.namespace, deps.clock.now())
    const written = await deps.reporter.report(authorityKind, authority, status, { action: 'Reconcile' })
    if (written !== authority) own.wrote(written)
    deps.metrics.set(readyMetric, { name: key.name }, isTrue(written.status?.conditions, 'Ready') ? 1 : 0)
    if (isLoading(observation)) return waitForReplicas(key.name, observation)
    waits.delete(key.name)
    return settledMs
  }
}

const nothing: AuthorityObservation = {
  obstacle: undefined,
  material: undefined,
  rootKeyStored: false,
  configGeneration: undefined,
  configProblem: undefined,
  provisioners: [],
  replicas: [],
  intermediateRequest: undefined,
}

function notPermitted({ metadata }: Authority): AuthorityObservation {
  const message = `Signet has no rights for an Authority of this name: add "${metadata.name}" to the chart's value authorities`
  return { ...nothing, obstacle: { reason: 'NotPermitted', message } }
}

async function bringUp(authority: Authority, deps: AuthorityDeps): Promise<AuthorityObservation> {
  const { secrets, decision } = await settleMaterial(authority, deps)
  const rootKeyStored = secrets.root?.data?.['tls.key'] !== undefined
  if (decision.kind !== 'keep') return { ...nothing, ...explain(authority, decision, secrets), rootKeyStored }
  const material = { chain: decision.chain, roots: decision.roots }
  const provisioners = await gatherProvisioners(authority, deps)
  const config = renderConfig(authority, provisioners, deps.namespace)
  // What no replica would load leaves everything as it is.
  const invalid = configProblem(config, material)
  const { obstacles, problem } =
    invalid === undefined
      ? await applyAll(authority, config, material, secrets, deps)
      : { obstacles: [], problem: invalid }
  const unstarted = problem !== undefined && secrets.config === undefined
  const replicas = await gatherReplicas(authority, deps)
  return {
    ...nothing,
    obstacle: unstarted ? { reason: 'Invalid', message: problem } : obstacles[0],
    material,
    rootKeyStored,
    configGeneration: config.generation,
    configProblem: problem,
    provisioners,
    replicas,
  }
}

/** Each turn makes one thing that was missing: root, intermediate, its certificate. More turns than things is a fault. */
async function settleMaterial(
  authority: Authority,
  deps: AuthorityDeps,
): Promise<{ secrets: AuthoritySecrets; decision: MaterialDecision }> {
  for (let turn = 1; ; turn += 1) {
    const secrets = await gatherSecrets(authority, deps)
    const { name } = authority.metadata
    const decision = decideMaterial({
      authority,
      root: readMaterial(secrets.root, authority.spec.root.secret === undefined ? name : undefined),
      intermediate: readMaterial(secrets.intermediate, name),
      now: deps.clock.now(),
    })
    if (turn > 3 || !(await make(decision, authority, secrets, deps))) return { secrets, decision }
  }
}

/** Makes what was decided on; false if there is nothing to make. */
async function make(
  decision: MaterialDecision,
  authority: Authority,
  { root, intermediate }: AuthoritySecrets,
  deps: AuthorityDeps,
): Promise<boolean> {
  const { kind } = decision
  if (kind === 'create root') await createRoot(authority, deps)
  else if (kind === 'sign intermediate' && root !== undefined)
    await signIntermediate(authority, root, intermediate, deps)
  else if (kind === 'create key') await createIntermediateKey(authority, deps)
  else if (kind === 'accept' && intermediate !== undefined) {
    await acceptIntermediate(authority, intermediate, decision, deps)
  } else return false
  return true
}

/** What an Authority without a usable intermediate says. A request is signed anew only if it is for another key. */
function explain(
  authority: Authority,
  decision: MaterialDecision,
  { intermediate }: AuthoritySecrets,
): Pick<AuthorityObservation, 'obstacle' | 'intermediateRequest'> {
  if (decision.kind !== 'wait') {
    return {
      obstacle: { reason: 'KeysNotSettled', message: 'the keys change while they are made' },
      intermediateRequest: undefined,
    }
  }
  const { reason, message, request } = decision
  const known = authority.status?.intermediateRequest
  const usable =
    known !== undefined && request !== undefined && equalBytes(parseCertificateRequest(known).spki, request)
  const made =
    intermediate === undefined || request === undefined ? undefined : createIntermediateRequest(authority, intermediate)
  return { obstacle: { reason, message }, intermediateRequest: usable ? known : made }
}

/** `problem`: the configuration cannot be written, and so nothing else was. */
type Applied = { readonly obstacles: readonly Obstacle[]; readonly problem?: string }

async function applyAll(
  authority: Authority,
  config: AuthorityConfig,
  material: ActiveMaterial,
  secrets: AuthoritySecrets,
  deps: AuthorityDeps,
): Promise<Applied> {
  const { namespace, pod } = deps
  const context = { authority, namespace, pod, materialSha256: textSha256(pemOf(material)) }
  const { obstacles, problem } = await applyConfig(authority, config, secrets, deps)
  if (problem !== undefined) return { obstacles, problem }
  return { obstacles: [...obstacles, ...(await applyOwnedObjects(context, deps))] }
}

async function applyConfig(
  authority: Authority,
  config: AuthorityConfig,
  { config: current }: AuthoritySecrets,
  { kube, namespace }: AuthorityDeps,
): Promise<Applied> {
  const wanted = renderConfigSecret(authority, namespace, config)
  const { name } = wanted.metadata
  if (current !== undefined && current.metadata.labels?.[labels.authority] !== authority.metadata.name) {
    return { obstacles: [{ reason: 'NameTaken', message: foreignMessage(name) }] }
  }
  try {
    if (current === undefined) await kube.create(secretKind, wanted)
    else if (!isApplied(wanted, current)) await kube.apply(secretKind, wanted)
    return { obstacles: [] }
  } catch (error) {
    // A Secret holds 1 MiB: templates and certificates of many Provisioners may be more.
    if (!isSignetError(error, 'malformed')) throw error
    return { obstacles: [], problem: `Secret "${name}": ${error.message}` }
  }
}

function isLoading({ configGeneration, replicas }: AuthorityObservation): boolean {
  return replicas.some((replica) => replica.ready && replica.configGeneration !== configGeneration)
}
