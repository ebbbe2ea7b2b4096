/** Part of a stream, and the place in the trace at which its first byte was handed to the kernel. */
export type Piece = { readonly data: Buffer; readonly entered: number }

/**
 * Cuts a stream into messages. `lengthOf` says how long the message is with which the bytes begin, or undefined while
 * that cannot be seen. Each message has the place of its own first byte; one that is not whole at the end is left out.
 */
export function messagesOf(pieces: Iterable<Piece>, lengthOf: (bytes: Buffer) => number | undefined): Piece[] {
  const messages: Piece[] = []
  let rest: Piece = { data: Buffer.alloc(0), entered: 0 }
  for (const { data, entered } of pieces) {
    const begun = rest.data.length > 0
    rest = { data: Buffer.concat([rest.data, data]), entered: begun ? rest.entered : entered }
    for (let length = lengthOf(rest.data); length !== undefined; length = lengthOf(rest.data)) {
      if (rest.data.length < length) break
      messages.push({ data: rest.data.subarray(0, length), entered: rest.entered })
      rest = { data: rest.data.subarray(length), entered }
    }
  }
  return messages
}
