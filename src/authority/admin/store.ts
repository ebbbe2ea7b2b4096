/** What the admin API keeps. */
export type AdminKind = 'provisioner' | 'admin' | 'policy' | 'externalAccountKey'

/** One thing that it keeps; secrets such as those of webhooks are in the text as they are. */
export type AdminDocument = {
  readonly kind: AdminKind
  /** Unique within its kind. */
  readonly id: string
  readonly json: string
}

/** All of them, in the order in which they were first written, as of one revision. */
export type AdminDocuments = {
  /** Grows by one with each change; 0 as long as there never was one. */
  readonly revision: number
  readonly documents: readonly AdminDocument[]
}

/** Writes a document in place of the one of its kind and id, if there is one; without `json` there is none afterwards. */
export type AdminChange = Omit<AdminDocument, 'json'> & { readonly json: string | undefined }

/**
 * The documents of the admin API, few enough to be read as a whole. Durable, atomic and linearizable as the
 * `CertificateStore`; fails as that does.
 */
export type AdminStore = {
  load(): Promise<AdminDocuments>
  /**
   * Makes all these changes, which makes the next revision, if `revision` is the one of now: true; else it changes nothing:
   * false. A document that is written again keeps its place in the order.
   */
  change(revision: number, changes: readonly AdminChange[]): Promise<boolean>
}
