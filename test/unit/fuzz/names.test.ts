import { fuzzInputs, fuzzSeed } from '../../builders/fuzz.ts'
import { expectRobust } from './expect-robust.ts'
import { nameParsers } from './parsers/names.ts'

expectRobust(nameParsers, { inputs: fuzzInputs, seed: fuzzSeed })
