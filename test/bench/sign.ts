import type { Bench } from './bench.ts'
import { besideStepCa, count, howMuch, jwkToken } from './support/beside-step-ca.ts'

/** POST /sign with a JWK token: signet against step-ca, in turn. */
export const bench: Bench = {
  title: `${count} × POST /sign with a JWK token, ${howMuch}`,
  run: () => besideStepCa({ script: 'sign-load.ts', token: jwkToken, cpuRatio: 0.5 }),
}
