import { allowShortLives } from '../support/provisioner.ts'
import { appliedCertificates } from './certificates.ts'
import { certificatesThatFallDue } from './due.ts'
import { concurrentExchanges } from './exchanges.ts'
import { growingDeployment, startingPods } from './pods.ts'
import {
  breakWebhook,
  killAuthority,
  killLeader,
  loseLeader,
  restartApiServer,
  takeAuthorityAwayFor,
  type Aim,
} from './strikes.ts'
import { together, type Load, type World } from './world.ts'

/** One thing that breaks, and what is going on when it does. */
export type Fault = {
  readonly name: string
  readonly load: (world: World) => Load | Promise<Load>
  readonly aim: Aim
  /** For a fault that takes minutes: one round where the others have this many. */
  readonly oneRoundOf?: number
}

const mixedLoad = (world: World): Load => together(startingPods(world, 20), appliedCertificates(world, 120))

/** Small enough for every run of the tests. */
export const quickFaults: readonly Fault[] = [
  {
    name: 'authority killed during 100 bootstrap exchanges',
    load: (world) => concurrentExchanges(world, 20),
    aim: killAuthority,
  },
  {
    name: 'operator killed while it issues',
    load: (world) => appliedCertificates(world, 40),
    aim: killLeader,
  },
  {
    name: 'webhook certificate and caBundle destroyed',
    load: (world) => growingDeployment(world, 1, 3),
    aim: breakWebhook(3),
  },
]

export const faults: readonly Fault[] = [
  { name: 'authority killed while 40 pods start', load: (world) => startingPods(world, 40), aim: killAuthority },
  {
    name: 'authority killed during 200 bootstrap exchanges',
    load: (world) => concurrentExchanges(world, 40),
    aim: killAuthority,
  },
  {
    name: 'authority killed while Certificates are issued',
    load: (world) => appliedCertificates(world, 120),
    aim: killAuthority,
  },
  {
    name: 'authority down for 2 minutes while certificates fall due',
    async load(world) {
      world.cleanup.use(await allowShortLives(world.kubectl))
      return certificatesThatFallDue(world)
    },
    aim: takeAuthorityAwayFor(120_000),
    oneRoundOf: 5,
  },
  { name: 'API server killed', load: mixedLoad, aim: restartApiServer('KILL') },
  { name: 'API server restarted', load: mixedLoad, aim: restartApiServer('TERM') },
  {
    name: 'operator killed while it issues',
    load: (world) => appliedCertificates(world, 120),
    aim: killLeader,
  },
  {
    name: 'operator lost with its pod while it issues: the other replica takes over',
    load: (world) => appliedCertificates(world, 120),
    aim: loseLeader,
  },
  {
    name: 'webhook certificate and caBundle destroyed',
    load: (world) => growingDeployment(world, 3, 10),
    aim: breakWebhook(10),
  },
]
