import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'

/** A proxy on the loopback that connects whoever asks to one address, whatever the host is called (CONNECT, RFC 9110 §9.3.6). */
export type ConnectProxy = { readonly url: string; readonly stop: () => void }

/** Starts one that leads to `port` of `address`. */
export async function startConnectProxy(address: string, port: number): Promise<ConnectProxy> {
  const server = createServer()
  server.on('connect', (_, client) => {
    const onward = connect(port, address, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(client).pipe(onward)
    })
    onward.on('error', () => client.destroy())
    client.on('error', () => onward.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: own } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${own}`, stop: () => server.close() }
}
