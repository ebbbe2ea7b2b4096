// Runs in an app container: an HTTPS server with the injected files, which takes new ones without a restart.
import { readFileSync, readlinkSync, watchFile } from 'node:fs'
import { createServer } from 'node:https'

const directory = '/var/run/signet.dev'

function read() {
  const bundle = readFileSync(`${directory}/bundle.pem`)
  return { cert: bundle, key: bundle }
}

const server = createServer(read(), (_request, response) => response.end(readlinkSync(`${directory}/..data`)))
watchFile(`${directory}/bundle.pem`, { interval: 500 }, () => server.setSecureContext(read()))
process.on('SIGTERM', () => process.exit(0))
server.listen(8443)
