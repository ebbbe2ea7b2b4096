import { expectRobust } from './expect-robust.ts'
import { everyParser } from './parsers/index.ts'

expectRobust(everyParser, { inputs: 1_000_000, seed: 2 })
