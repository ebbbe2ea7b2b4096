/** What differs from run to run in what a command prints: one regular expression for each, by noun and verb. */
const masks: Readonly<Record<string, RegExp>> = {
  'ca token': /^[\w-]+\.[\w-]+\.[\w-]+$/gm,
  'ca revoke': /\d{10,}/g,
}

/** What a command said, with `…` in place of what differs from run to run. */
export function maskOutput(command: string, text: string): string {
  const mask = masks[command]
  return mask === undefined ? text : text.replace(mask, '…')
}
