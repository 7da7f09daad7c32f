import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
/** Below what the system gives to sockets that ask for any port, so that it does not give these away meanwhile. */
const FIRST = 20_000;
const END = 30_000;

/** The first of `count` ports in a row that no process has, for UDP or TCP: programs want to be told theirs. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    // Even, as RTP wants it (RFC 3550 §11).
    const first = 2 * randomInt(FIRST / 2, END / 2);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const taken = await Promise.all(
      ports.flatMap((port) => [isTaken(port, 'udp'), isTaken(port, 'tcp')]),
    );
    if (!taken.includes(true)) return first;
  }
}

/** Whether a process has the port. */
export async function isTaken(port: number, transport: 'udp' | 'tcp'): Promise<boolean> {
  const socket = transport === 'udp' ? createSocket('udp4') : createServer();
  try {
    const listening = once(socket, 'listening');
    if ('bind' in socket) socket.bind(port, HOST);
    else socket.listen(port, HOST);
    await listening;
    return false;
  } catch {
    return true;
  } finally {
    const isOpen = 'listening' in socket ? socket.listening : true;
    if (isOpen) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}
