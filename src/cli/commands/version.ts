import { defineCommand } from '../command.ts'

/** `signet version`: one line. */
export const command = defineCommand({
  flags: {},
  withoutContext: true,
  examples: [{ comment: 'Which version is installed?', command: 'signet version' }],
  run({ io }) {
    io.out(`signet ${io.version}\n`)
  },
})
