// Calls the server twice a second with the injected files and prints one line whenever the server's certificate is another.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'

const directory = process.env.CERTIFICATES ?? '/var/run/signet.dev'
let serial = ''
let calls = 0
let failures = 0

function call() {
  calls += 1
  const sent = request(process.env.SERVER, {
    cert: readFileSync(`${directory}/site.crt`),
    key: readFileSync(`${directory}/site.key`),
    ca: readFileSync(`${directory}/root.crt`),
    agent: false,
  })
  sent.on('error', (error) => {
    failures += 1
    console.log(JSON.stringify({ failed: error.message, calls, failures }))
  })
  sent.on('response', async (response) => {
    const server = response.socket.getPeerCertificate()
    const answer = JSON.parse((await response.toArray()).join(''))
    if (server.serialNumber === serial) return
    serial = server.serialNumber
    console.log(JSON.stringify({ server: server.subjectaltname, serial, caller: answer.caller, calls, failures }))
  })
  sent.end()
}

process.on('SIGTERM', () => process.exit(0))
setInterval(call, 500)
