// `npm run image`: builds the image of this tree with docker or buildah, and says its name and size.
import { buildSignetImage } from '../test/cluster/harness/images.ts'

const { name, archive, bytes } = await buildSignetImage()
console.log(`${name}  ${(bytes / 1024 / 1024).toFixed(0)} MiB  ${archive}`)
