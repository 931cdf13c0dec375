import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ServerStartError } from './errors.js';
import { PORT_BEGIN, PORT_END, PORT_TRIES } from './limits.js';

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
};

/**
 * Ports of the loopback interface on which nobody listens, all different. They are not held: a start on one may find
 * it taken. They are not among those that the kernel gives to outgoing connections, so a killed server finds its own
 * again.
 */
export const freePorts = async (count: number): Promise<number[]> => {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries += 1) {
    if (tries > PORT_TRIES) throw new ServerStartError(`no free port from ${PORT_BEGIN} to ${PORT_END}`);
    const port = randomInt(PORT_BEGIN, PORT_END);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
};
