// The load of the benches of /sign, in a process of its own: reads its task as JSON from the first argument and makes all
// requests beforehand.
import { encodePem } from '../../../src/core/pem.ts'
import { generateKeyPair } from '../../../src/core/x509/private-key.ts'
import { aCsr } from '../../builders/csr.ts'
import { postWhenTold, type LoadTask } from './timed-posts.ts'
import { tokenMaker, type TokenRecipe } from './token-recipe.ts'

export type SignTask = LoadTask & { readonly token: TokenRecipe }

const task = JSON.parse(process.argv[2] ?? '{}') as SignTask
const makeToken = tokenMaker(task.token)

/** Different keys, so that no cache of parsed keys helps anybody. */
const csrs = await Promise.all(
  Array.from({ length: 256 }, async () => {
    const { privateKey } = await generateKeyPair('EC-P256')
    const { der } = aCsr({ subject: { commonName: 'web.test' }, sans: ['web.test'], privateKey })
    return encodePem('CERTIFICATE REQUEST', der)
  }),
)

await postWhenTold(
  task,
  Array.from({ length: task.count }, (_, index) => ({
    path: '/1.0/sign',
    body: JSON.stringify({ csr: csrs[index % csrs.length], ott: makeToken() }),
  })),
)
