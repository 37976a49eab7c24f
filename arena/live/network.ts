import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:net';

/** Machines where the whole of 127.0.0.0/8 is one's own: Linux; elsewhere all come from one address. */
export const hasManyAddresses = (): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, '127.77.0.1', () => server.close(() => resolve(true)));
  });

const isLoopback = ({ protocol, hostname }: URL) =>
  protocol === 'http:' && (hostname === 'localhost' || hostname.startsWith('127.'));

const headersOf = (given: IncomingHttpHeaders) => {
  const headers = new Headers();
  for (const [name, values] of Object.entries(given))
    for (const value of [values ?? []].flat()) headers.append(name, value);
  return headers;
};

/**
 * `fetch` from an address of this machine's own network, so that the service sees participants in different networks.
 * Only for services on this machine: everything else is sent as usual.
 */
export const fetchFrom = (localAddress: string | undefined): typeof fetch => {
  if (localAddress === undefined) return fetch;
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  return async (input, init) => {
    const asked = new Request(input, init);
    const url = new URL(asked.url);
    if (!isLoopback(url)) return fetch(asked);
    const body = Buffer.from(await asked.arrayBuffer());
    return send(url, asked, body, { agent, localAddress });
  };
};

const send = (
  url: URL,
  { method, headers }: Request,
  body: Buffer,
  from: { agent: Agent; localAddress: string },
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const options = { ...from, method, family: 4, headers: Object.fromEntries(headers) };
    const sent = request(url, options, async (answer) => {
      try {
        const bytes = Buffer.concat(await answer.toArray());
        const status = answer.statusCode ?? 500;
        const hasBody = status !== 204 && status !== 304;
        const fields = { status, headers: headersOf(answer.headers) };
        resolve(new Response(hasBody ? new Uint8Array(bytes) : null, fields));
      } catch (error) {
        reject(error);
      }
    });
    sent.once('error', reject);
    sent.end(body);
  });
