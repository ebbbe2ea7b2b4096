import { fuzzInputs, fuzzSeed } from '../../builders/fuzz.ts'
import { expectRobust } from './expect-robust.ts'
import { tokenParsers } from './parsers/tokens.ts'

expectRobust(tokenParsers, { inputs: fuzzInputs, seed: fuzzSeed })
