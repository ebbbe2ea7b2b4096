import { fuzzInputs, fuzzSeed } from '../../builders/fuzz.ts'
import { expectRobust } from './expect-robust.ts'
import { bodyParsers } from './parsers/bodies.ts'

expectRobust(bodyParsers, { inputs: fuzzInputs, seed: fuzzSeed })
