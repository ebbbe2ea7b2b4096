import { defineCommand } from '../command.ts'

/** `signet path`: where the configuration is, as `step path` says it. */
export const command = defineCommand({
  description:
    'It is $STEPPATH, else .step in the home folder; with contexts, the folder of the current one’s authority in it.',
  flags: {
    base: { kind: 'bool', description: 'the folder that has the contexts', commandLineOnly: true },
    profile: { kind: 'bool', description: 'the folder of the current context’s profile', commandLineOnly: true },
  },
  examples: [
    { comment: 'Print the root of the authority that is trusted', command: 'cat $(signet path)/certs/root_ca.crt' },
    { comment: 'Which contexts are there?', command: 'cat $(signet path --base)/contexts.json' },
  ],
  run({ flags, step, io }) {
    const path = flags.base ? step.base : flags.profile ? step.profilePath : step.path
    io.out(`${path}\n`)
  },
})
