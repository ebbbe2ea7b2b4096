import type { Json } from '../../src/core/templates/template.ts'

/**
 * A request as data. What depends on the authority, its keys or the moment is written as an object with one member whose
 * name begins with `$`, a mark, which `world.ts` replaces when the request is sent.
 */
export type GoldenRequest = {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** JSON to send; a text is sent as it is. */
  readonly body?: Json
  /** The case whose certificate the TLS client presents. */
  readonly client?: string
  /** What follows `Authorization: Bearer`. */
  readonly bearer?: Json
}

/** One exchange. Cases of a configuration run in their order, each once. */
export type GoldenCase = {
  readonly name: string
  readonly request: GoldenRequest
  /** Seconds that have to pass before. */
  readonly wait?: number
  /** Where ours answers otherwise on purpose. */
  readonly difference?: Difference
}

export type Difference = {
  /** Members of our answer, as recordings have them. */
  readonly ours: Partial<Answer>
  /** Words of the row of `src/http/README.md` that says so. */
  readonly row: string
}

/** An answer without what differs from time to time, as recordings have it. */
export type Answer = {
  /** 0: the connection ended without an answer. */
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Json
}

/** What the real step-ca answered. */
export type Exchange = { readonly name: string; readonly request: GoldenRequest; readonly answer: Answer }

/** A ca.json, and what is asked of the authority that it makes. */
export type Configuration = {
  /** Also the name of the file of its recording. */
  readonly name: string
  /** Members in place of those that `ca init` writes, with marks. */
  readonly members: Readonly<Record<string, Json>>
  readonly cases: readonly GoldenCase[]
}

/** Our answer where step-ca says more than that it refuses. */
export const masked: Partial<Answer> = {
  status: 401,
  body: {
    status: 401,
    message:
      'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.',
  },
}
