// In place of iconv-lite in the bundles: express takes half a megabyte of tables with it to read bodies in any encoding, and
// JSON between machines is UTF-8 (RFC 8259, section 8.1). Another charset is refused with 415 as an unknown one.
const isUtf8 = (name) => /^utf-?8$/i.test(name)
module.exports = {
  encodingExists: isUtf8,
  decode: (octets) => octets.toString('utf8'),
  getDecoder(name) {
    if (!isUtf8(name)) throw new Error(`Encoding not recognized: '${name}'`)
    const { StringDecoder } = require('node:string_decoder')
    return new StringDecoder('utf8')
  },
}
