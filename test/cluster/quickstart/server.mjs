// An HTTPS server that speaks mutual TLS with the injected files and takes new ones without a restart.
import { readFileSync, watchFile } from 'node:fs'
import { createServer } from 'node:https'

const directory = process.env.CERTIFICATES ?? '/var/run/signet.dev'
const read = () => ({
  cert: readFileSync(`${directory}/site.crt`),
  key: readFileSync(`${directory}/site.key`),
  ca: readFileSync(`${directory}/root.crt`),
  requestCert: true,
  rejectUnauthorized: true,
})

const server = createServer(read(), (request, response) => {
  response.end(JSON.stringify({ caller: request.socket.getPeerCertificate().subjectaltname }))
})
watchFile(`${directory}/site.crt`, { interval: 500 }, () => server.setSecureContext(read()))
process.on('SIGTERM', () => process.exit(0))
server.listen(8443, () => console.log('serving mutual TLS on 8443'))
