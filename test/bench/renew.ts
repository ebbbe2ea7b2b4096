import type { Bench } from './bench.ts'
import { besideStepCa, count, howMuch, jwkToken } from './support/beside-step-ca.ts'

/** POST /renew by mutual TLS, a certificate of its own for each connection. */
export const bench: Bench = {
  title: `${count} × POST /renew over mutual TLS, ${howMuch}`,
  run: () => besideStepCa({ script: 'renew-load.ts', token: jwkToken, cpuRatio: 0.5 }),
}
