import { fuzzInputs, fuzzSeed } from '../../builders/fuzz.ts'
import { expectRobust } from './expect-robust.ts'
import { policyParsers } from './parsers/policies.ts'

expectRobust(policyParsers, { inputs: fuzzInputs, seed: fuzzSeed })
