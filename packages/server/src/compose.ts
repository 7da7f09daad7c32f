import type { AddressInfo } from 'node:net';
import type { ActionContext } from './actions/context.ts';
import { openMainAccount, type OpenedAccount } from './actions/open-account.ts';
import { Closers } from './base/closers.ts';
import { systemClock, type Clock } from './base/clock.ts';
import { randomIds, type Ids } from './base/ids.ts';
import { createLog } from './base/log.ts';
import { LocalBus } from './bus/local-bus.ts';
import { createSender } from './callback/send.ts';
import type { Config } from './config/config.ts';
import { api2010 } from './http/api-2010/routes.ts';
import { conversationsV1 } from './http/conversations-v1/routes.ts';
import { monitorV1 } from './http/monitor-v1/routes.ts';
import { createHttpServer } from './http/server.ts';
import { drainOutbox } from './jobs/drain-outbox.ts';
import { openStore } from './store/open-store.ts';

/** A running server. */
export interface Server extends AsyncDisposable {
  /** `http://host:port` */
  readonly url: string;
  /** Set at the very first start, when the account was made. */
  readonly opened: OpenedAccount | undefined;
  /** Resolves when nothing is being committed or sent. */
  settled(): Promise<void>;
  /** Ends calls, sends what is in the outbox as far as it can, closes. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly config: Config;
  readonly clock?: Clock;
  readonly ids?: Ids;
}

/** Builds every room, hands each its needs and opens the doors. */
export async function startServer({
  config,
  clock = systemClock,
  ids = randomIds,
}: ServerOptions): Promise<Server> {
  const closers = new Closers();
  const log = createLog(config.logLevel);
  const bus = new LocalBus(log.child({ room: 'bus' }));
  const sender = createSender({ clock });
  closers.add(() => sender.close());

  let drain: (() => void) | undefined;
  const store = await openStore(config.store, () => drain?.());
  closers.add(() => store.close());
  const context: ActionContext = {
    db: store.db,
    transact: store.transact,
    clock,
    ids,
    sender,
    log: log.child({ room: 'actions' }),
  };
  const account = await openMainAccount(
    context,
    config.firstAccount && {
      accountSid: config.firstAccount.accountSid,
      authToken: config.firstAccount.authToken.reveal(),
    },
  );

  const outbox = drainOutbox({ context, bus, log: log.child({ room: 'jobs' }) });
  closers.add(() => outbox.close());
  drain = outbox.wake;

  const app = createHttpServer(context, config, [conversationsV1, api2010, monitorV1]);
  closers.add(() => app.close());
  await app.listen({ host: config.host, port: config.port });
  const { port } = app.server.address() as AddressInfo;

  const close = (): Promise<void> => closers.close();
  return {
    url: `http://${config.host}:${port}`,
    opened: account,
    settled: () => outbox.settled(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
