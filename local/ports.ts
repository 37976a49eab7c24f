import { createServer, type Server } from 'node:net';
import { LocalFailure } from './failure.ts';

/** Listens on the loopback interface only and gives the port, which is the asked one unless that is 0. */
export function listenOnPort(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(new LocalFailure(`port ${port} is in use; choose another with --port`));
      else if (error.code === 'EACCES')
        reject(new LocalFailure(`port ${port} needs more rights; choose another with --port`));
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** For engines that cannot tell which port they chose. Somebody else may take it meanwhile: the caller tries again. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnPort(server, 0);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
