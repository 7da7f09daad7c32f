import type { AddressInfo } from 'node:net';
import { systemOrigin, type ActionContext } from './actions/context.ts';
import { SidLedger } from './actions/sid-ledger.ts';
import { recoverCalls } from './actions/recover-calls.ts';
import { recoverRecordings } from './actions/recover-recordings.ts';
import { recoverLiveTranscriptions } from './actions/tell-live-transcription.ts';
import { createApiKey } from './actions/create-api-key.ts';
import { openMainAccount, type OpenedAccount } from './actions/open-account.ts';
import { OutageReport } from './actions/report-outage.ts';
import { Closers } from './base/closers.ts';
import { sleep, systemClock, type Clock } from './base/clock.ts';
import { randomIds, type Ids } from './base/ids.ts';
import { createLog } from './base/log.ts';
import { Metrics } from './base/metrics.ts';
import { LocalBus } from './bus/local-bus.ts';
import { guardAddresses } from './callback/address-guard.ts';
import { createSender } from './callback/send.ts';
import type { Config } from './config/config.ts';
import { readCredentials, writeCredentials, type Credentials } from './credentials-file.ts';
import { products } from './http/products.ts';
import { AccountLimits } from './http/account-limits.ts';
import { createHttpServer } from './http/server.ts';
import { Readiness } from './http/tutti/readiness.ts';
import { watchLedger } from './jobs/write-ledger.ts';
import { watchAudits } from './jobs/audits.ts';
import { watchConversationTimers } from './jobs/conversation-timers.ts';
import { TranscribeRecordings } from './jobs/transcribe-recordings.ts';
import { SendInTurn } from './jobs/send-in-turn.ts';
import { watchRetention } from './jobs/retention.ts';
import { openRecognition, openSynthesis } from './speech-engines.ts';
import { openVoiceDoor, type VoiceCounts } from './voice/door.ts';
import { recoverSound } from './voice/recover-sound.ts';
import { findAccount } from './store/accounts.ts';
import { findApiKey } from './store/api-keys.ts';
import { watchProcess } from './process-metrics.ts';
import { countPendingOutbox } from './store/outbox.ts';
import { MediaFiles } from './store/media-files.ts';
import { openStore } from './store/open-store.ts';
import { openSenderLock } from './store/sender-lock.ts';
import type { OnCommit } from './store/transact.ts';

/** A running server. */
export interface Server extends AsyncDisposable {
  /** `http://host:port` */
  readonly url: string;
  /** `sip:host:port`, for UDP and TCP. */
  readonly sip: string;
  /** What is open in the voice room, for tests that nothing is left behind. */
  readonly voiceCounts: VoiceCounts;
  /** The main account, whose credentials open everything. */
  readonly account: { readonly sid: string; readonly authToken: string };
  /** Its first API key, at the very first start; the secret is shown this once. */
  readonly apiKey: OpenedAccount['apiKey'];
  /** Resolves when nothing is being committed or sent. */
  settled(): Promise<void>;
  /** Takes no more calls, says that it is not ready, and waits that long for calls to end by themselves. */
  drain(graceMs: number): Promise<void>;
  /** Ends calls, lets requests under way be answered, sends what is in the outbox as far as it can, closes. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly config: Config;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Where `credentials.env` is written, for the owner alone. Default: nowhere. */
  readonly credentialsFile?: string;
}

/** How long a stopping server goes on sending what its outbox holds. */
const DRAIN_MS = 1000;
/** How often a draining server looks whether everybody has gone. */
const DRAIN_LOOK_MS = 100;

/**
 * Builds every room, hands each its needs and opens the doors.
 *
 * @throws Error with code EADDRINUSE when a port is taken, OutletError when the database cannot be opened.
 */
export async function startServer({
  config,
  clock = systemClock,
  ids = randomIds,
  credentialsFile,
}: ServerOptions): Promise<Server> {
  const closers = new Closers();
  try {
    return await open({ config, clock, ids, credentialsFile }, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function open(
  {
    config,
    clock,
    ids,
    credentialsFile,
  }: Required<Omit<ServerOptions, 'credentialsFile'>> & { credentialsFile: string | undefined },
  closers: Closers,
): Promise<Server> {
  const log = createLog(config.logLevel);
  const metrics = new Metrics();
  const bus = new LocalBus(log.child({ room: 'bus' }));
  const sender = createSender({
    clock,
    guard: config.mode === 'production' ? guardAddresses(config.allowedCallbacks) : undefined,
  });
  closers.add(() => sender.close());

  const groups = metrics.groupActions.with();
  const failures = metrics.storeFailures.with();
  let wake: OnCommit | undefined;
  let outages: OutageReport | undefined;
  const store = await openStore(config.store, {
    onCommit: (entries, actions) => {
      if (actions > 0) groups.observe(actions);
      wake?.(entries, actions);
    },
    onFailure: (error) => {
      failures.inc();
      outages?.failed(error);
    },
  });
  closers.add(() => store.close());
  const node = ids.node();
  const jobs = log.child({ room: 'jobs' });
  const lock = await openSenderLock(config.store, { clock, log: jobs, node });
  closers.add(() => lock.close());
  const context: ActionContext = {
    db: store.db,
    transact: store.transact,
    clock,
    ids,
    sender,
    log: log.child({ room: 'actions' }),
    metrics,
    ledger: new SidLedger({ clock, metrics }),
    node,
  };
  const report = new OutageReport(context);
  outages = report;
  closers.add(() => report.close());
  const { account, apiKey } = await openMainAccount(
    context,
    config.firstAccount && {
      accountSid: config.firstAccount.accountSid,
      authToken: config.firstAccount.authToken.reveal(),
    },
  );
  const files = new MediaFiles(config.store);
  closers.add(() => files.close());
  const recover = async (nodes: readonly number[]): Promise<void> => {
    await recoverCalls(context, nodes);
    await recoverLiveTranscriptions(context, nodes);
    await recoverRecordings(context, nodes, (recording) => recoverSound(files, recording));
  };
  await recover(await lock.nodes());
  const recognition = openRecognition(config.recognition);
  const transcriber = new TranscribeRecordings({ context, files, recognition, log: jobs });
  closers.add(() => transcriber.close());

  const outbox = new SendInTurn({
    context,
    bus,
    lock,
    log: jobs,
    recover: async (nodes) => {
      await recover(nodes);
      await transcriber.resume();
    },
  });
  closers.add(() => outbox.close(DRAIN_MS));
  const timers = watchConversationTimers(context, jobs);
  closers.add(() => timers.close());
  const ledger = watchLedger(context, jobs);
  closers.add(() => ledger.close());
  const retention = watchRetention({
    context,
    files,
    days: config.retention,
    log: jobs,
    // Each process would count the same files as lost.
    hasTurn: () => outbox.isSending,
  });
  closers.add(() => retention.close());
  if (config.auditCron !== undefined) {
    const audits = watchAudits({
      context,
      pattern: config.auditCron,
      log: jobs,
      // One of several processes on a database does it.
      hasTurn: () => outbox.isSending,
    });
    closers.add(() => audits.close());
  }
  bus.subscribe('media-removed', ({ mediaSids }) => files.remove(mediaSids));
  bus.subscribe('transcription-requested', (news) => transcriber.add(news.transcriptionSid));
  let url = '';
  const voice = await openVoiceDoor({
    actions: context,
    files,
    bus,
    speech: openSynthesis(config.synthesis),
    recognition,
    config,
    publicUrl: () => config.publicUrl ?? url,
    log: log.child({ room: 'voice' }),
  });
  closers.add(() => voice.close());
  // Only now is there somebody to hear what the outbox tells.
  wake = outbox.wake;
  await outbox.start();
  if (outbox.isSending) await transcriber.resume();

  let authToken = account.authToken;
  let keptToken: ((token: string) => Promise<void>) | undefined;
  bus.subscribe('auth-token-promoted', async ({ accountSid }) => {
    if (accountSid !== account.sid) return;
    authToken = (await findAccount(context.db, accountSid))?.authToken ?? authToken;
    await keptToken?.(authToken);
  });

  const readiness = new Readiness(context, voice);
  const accounts = new AccountLimits(context, config.accountLimits);
  const app = createHttpServer(
    { ...context, log: log.child({ room: 'http' }) },
    config,
    products(files, recognition, { info: voice, deliveries: outbox, readiness }),
    { accounts },
  );
  closers.add(async () => {
    // Requests under way may take as long as a stop has for them: calls are hung up beside. What fails in that is
    // thrown by the closer of the voice room.
    await Promise.all([app.close(), voice.close().catch(() => undefined)]);
  });
  const refuseNew = (): void => {
    readiness.stopping();
    voice.refuseCalls();
  };
  closers.add(refuseNew);
  metrics.outboxPending.read = () => countPendingOutbox(store.db).catch(() => undefined);
  metrics.callsLive.read = () => voice.counts.calls;
  metrics.legsLive.read = () => voice.counts.legs;
  metrics.bridgesLive.read = () => voice.counts.bridges;
  metrics.mediaTicks.read = () => voice.counts.ticks;
  metrics.mediaLateTicks.read = () => voice.counts.lateTicks;
  metrics.sipDropped.read = () => voice.counts.sipDropped;
  metrics.rtpLost.read = () => voice.counts.packetsLost;
  metrics.rtpDropped.read = () => voice.counts.packetsDropped;
  closers.add(watchProcess(metrics));
  await app.listen({ host: config.host, port: config.port });
  const { port } = app.server.address() as AddressInfo;

  url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  if (credentialsFile !== undefined) {
    const kept = await keptCredentials(context, credentialsFile, { account, apiKey, url });
    // One after another: each writes the same file.
    let writing: Promise<void> = Promise.resolve();
    keptToken = (token) => {
      const credentials = { ...kept, TWILIO_AUTH_TOKEN: token };
      writing = writing.catch(() => {}).then(() => writeCredentials(credentialsFile, credentials));
      return writing;
    };
    await keptToken(authToken);
  }

  const close = (): Promise<void> => closers.close();
  return {
    url,
    sip: voice.uri,
    get voiceCounts() {
      return voice.counts;
    },
    get account() {
      return { sid: account.sid, authToken };
    },
    apiKey,
    settled: () => outbox.settled(),
    drain: async (graceMs) => {
      refuseNew();
      const end = clock.elapsedMs() + graceMs;
      while (clock.elapsedMs() < end && voice.counts.calls > 0) {
        await sleep(clock, DRAIN_LOOK_MS);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What the file is to hold: the API key that it has, or a new one when it has none that is still there. */
async function keptCredentials(
  context: ActionContext,
  path: string,
  { account, apiKey, url }: OpenedAccount & { readonly url: string },
): Promise<Credentials> {
  const kept = await readCredentials(path);
  let key = apiKey;
  if (key === undefined && kept.TWILIO_API_KEY && kept.TWILIO_API_SECRET) {
    const row = await findApiKey(context.db, kept.TWILIO_API_KEY);
    const isThere = row?.accountSid === account.sid;
    key = isThere ? { sid: row.sid, secret: kept.TWILIO_API_SECRET } : undefined;
  }
  if (key === undefined) {
    const created = await createApiKey(context, account.sid, 'credentials.env', systemOrigin);
    key = { sid: created.key.sid, secret: created.secret };
  }
  return {
    TWILIO_ACCOUNT_SID: account.sid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_API_KEY: key.sid,
    TWILIO_API_SECRET: key.secret,
    TUTTI_URL: url,
  };
}
