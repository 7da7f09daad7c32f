import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and a server, and fails as told. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Breaks what is connected and refuses what comes. */
  refuse(): Promise<void>;
  /** Lets connections in and nothing through, in either direction. */
  swallow(): void;
  /** Works again. */
  restore(): Promise<void>;
}

export async function openProxy(host: string, port: number): Promise<Proxy> {
  const open = new Set<Socket>();
  let swallows = false;
  const server = createServer((client) => {
    const upstream = connect(port, host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on('data', (chunk) => {
        if (!swallows) to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  const listen = (at: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(at, '127.0.0.1', resolve);
    });
  const refuse = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const socket of open) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port: own } = server.address() as AddressInfo;
  return {
    port: own,
    refuse,
    swallow: () => {
      swallows = true;
    },
    restore: async () => {
      swallows = false;
      if (!server.listening) await listen(own);
    },
    [Symbol.asyncDispose]: refuse,
  };
}
