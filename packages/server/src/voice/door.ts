import { MediaEngine, type RecognitionEngine, type SpeechEngine } from '@tutti/media';
import { SipEndpoint } from '@tutti/sip';
import type { ActionContext } from '../actions/context.ts';
import { sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Bus } from '../bus/bus.ts';
import type { Config } from '../config/config.ts';
import type { MediaFiles } from '../store/media-files.ts';
import { BridgeRecorder } from './bridge-recorder.ts';
import { carryOutRecording, type CallRecording } from './call-recording.ts';
import { CallStreams } from './call-streams.ts';
import { CallTranscriptions } from './call-transcriptions.ts';
import { ConductorBridges } from './conductor-bridges.ts';
import { Conferences } from './conferences.ts';
import type { VoiceContext } from './context.ts';
import { Gateways } from './gateways.ts';
import { SipDomains } from './sip-domains.ts';
import { takeInvite } from './inbound.ts';
import { takeRegister } from './take-register.ts';
import type { LiveCall } from './live-call.ts';
import { keepRecording } from './keep-recording.ts';
import { placeCall, takeQueued } from './outbound.ts';
import { Queues } from './queues.ts';
import { Registrar } from './registrar.ts';
import { SpeechQueue } from './speech-queue.ts';
import { readTlsFiles } from './tls-files.ts';

/** How long closing waits for calls whose end is still being written. */
const CLOSE_MS = 1000;
/** When a caller may try again who is refused because the server stops: it may be back by then. */
const RETRY_AFTER_SEC = '10';

/** What is open in the voice room, for tests that nothing is left behind. */
export interface VoiceCounts {
  readonly calls: number;
  readonly bridges: number;
  /** To customers' servers: media streams. */
  readonly streams: number;
  /** Calls heard by an engine. */
  readonly transcriptions: number;
  readonly legs: number;
  readonly dialogs: number;
  readonly transactions: number;
  /** Timers of the SIP stack. */
  readonly sipTimers: number;
  /** Recordings that run. */
  readonly recordings: number;
  /** What has been begun beside the calls and not come to its end. */
  readonly tasks: number;
  /** Ticks of 20 ms since the start, and those that came more than 20 ms late. */
  readonly ticks: number;
  readonly lateTicks: number;
  /** RTP packets that did not arrive. */
  readonly packetsLost: number;
  /** Packets of sound that found no room between the calls and the threads of their sockets. */
  readonly packetsDropped: number;
  /** SIP messages beyond what one address may send. */
  readonly sipDropped: number;
}

/** The voice door: SIP in and out, and the calls of this node. */
export interface VoiceDoor {
  /** `sip:host:port` */
  readonly uri: string;
  /** `sips:host:port`, when TLS is listened for. */
  readonly secureUri: string | undefined;
  readonly counts: VoiceCounts;
  /** Whether SIP peers reach it. */
  readonly isOpen: boolean;
  /** From now on calls to us are refused with 503; those that live go on. */
  refuseCalls(): void;
  /** Ends every call, then closes the sockets. */
  close(): Promise<void>;
}

/** @throws SipTransportError when a port is taken, Error when a file for TLS cannot be read. */
export async function openVoiceDoor(options: {
  readonly actions: ActionContext;
  readonly files: MediaFiles;
  readonly bus: Bus;
  /** What says words. */
  readonly speech: SpeechEngine;
  /** What hears words. */
  readonly recognition: RecognitionEngine;
  readonly config: Config;
  /** What URLs of this server begin with. */
  readonly publicUrl: () => string;
  readonly log: Log;
}): Promise<VoiceDoor> {
  const { actions, files, bus, speech, recognition, config, publicUrl, log } = options;
  const registrar = new Registrar(actions.db, actions.clock, log, {
    keepAlive: (flow) => sip.keepAlive(flow),
    isConnected: (flow) => sip.isConnected(flow),
  });
  const media = new MediaEngine({
    onError: (err: unknown) => log.error({ err }, 'media failed'),
    onOverrun: (packets) => log.warn({ packets }, 'packets of sound dropped'),
  });
  const sip = await SipEndpoint.listen({
    host: config.host,
    port: config.sipPort,
    tls: await readTlsFiles(config.sipTls),
    advertisedHost: config.advertisedHost,
    userAgent: 'Tutti',
    // The stack measures by it: a clock that is set back would hold every peer for a flood.
    clock: {
      now: () => actions.clock.elapsedMs(),
      after: (ms, fn) => actions.clock.after(ms, fn),
    },
    onInvite: (incoming) => {
      if (isRefusing) incoming.reject(503, { headers: { 'Retry-After': RETRY_AFTER_SEC } });
      else track(takeInvite(context, incoming));
    },
    onRegister: (register) => track(takeRegister(context, register)),
    onProblem: ({ kind, message, remote, cause }) => {
      actions.metrics.sipProblems.with(kind).inc();
      log.warn({ kind, problem: message, remote, err: cause }, 'sip peer misbehaved');
    },
    onTrace: ({ direction, transport }) =>
      actions.metrics.sipMessages.with(direction, transport).inc(),
  });
  /** What has been begun and not come to its end. */
  const tasks = new Set<Promise<void>>();
  const track = (task: Promise<void>): void => {
    const settled = task
      .catch((err: unknown) => log.error({ err }, 'voice task failed'))
      .finally(() => tasks.delete(settled));
    tasks.add(settled);
  };
  let isRefusing = false;
  const closing = new AbortController();
  const context: VoiceContext = {
    actions,
    sip,
    media,
    speech,
    recognition,
    registrar,
    domains: new SipDomains(actions, log),
    gateways: new Gateways(config.trunk?.gateways ?? [], actions.clock, log, () =>
      actions.ids.fraction(),
    ),
    files,
    bridges: new ConductorBridges({
      media,
      record: (bridge) => {
        const sid = actions.ids.sid('ME');
        return new BridgeRecorder(bridge, sid, files.pathOf(sid));
      },
      onRecorded: (recorded) => track(keepRecording(context, recorded)),
    }),
    conferences: new Conferences(),
    queues: new Queues(),
    calls: new Map<string, LiveCall>(),
    recordings: new Map<string, CallRecording>(),
    streams: new CallStreams(),
    transcriptions: new CallTranscriptions(),
    publicUrl,
    config,
    log,
    closing: closing.signal,
    track,
  };
  const queue = new SpeechQueue(context);
  const subscriptions = [
    bus.subscribe('call-placed', async ({ callSid }) => {
      const live = await takeQueued(context, callSid);
      if (live !== undefined) track(placeCall(live));
    }),
    bus.subscribe('call-updated', ({ callSid, order }) => {
      const live = context.calls.get(callSid);
      if (live !== undefined) live.order(order);
      else if ('recordingSid' in order) track(carryOutRecording(context, live, order));
      else if ('streamSid' in order) track(context.streams.carryOut(context, live, order));
      else if ('transcriptionSid' in order) {
        track(context.transcriptions.carryOut(context, live, order));
      }
    }),
    bus.subscribe('conference-changed', ({ conferenceSid }) =>
      context.conferences.changed(conferenceSid),
    ),
    bus.subscribe('queue-changed', ({ queueSid }) => context.queues.changed(queueSid)),
    bus.subscribe('announcement', (news) => track(context.conferences.announce(news))),
    bus.subscribe('message-to-speak', (news) => queue.add(news)),
  ];
  let closed: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (const unsubscribe of subscriptions) unsubscribe();
    closing.abort();
    await Promise.all([...context.calls.values()].map((live) => live.end('completed')));
    await sip.close();
    registrar.close();
    const grace = new AbortController();
    await Promise.race([Promise.all(tasks), sleep(actions.clock, CLOSE_MS, grace.signal)]);
    grace.abort();
    await media.close();
  };
  return {
    uri: `sip:${config.advertisedHost}:${sip.port}`,
    secureUri: sip.tlsPort === 0 ? undefined : `sips:${config.advertisedHost}:${sip.tlsPort}`,
    get counts() {
      return {
        calls: context.calls.size,
        bridges: context.bridges.size + context.conferences.size,
        streams: context.streams.size,
        transcriptions: context.transcriptions.size,
        legs: media.stats.legs,
        dialogs: sip.counts.dialogs,
        transactions: sip.counts.transactions,
        sipTimers: sip.counts.timers,
        recordings: context.recordings.size,
        tasks: tasks.size,
        ticks: media.stats.ticks,
        lateTicks: media.stats.lateTicks,
        packetsLost: media.stats.packetsLost,
        packetsDropped: media.stats.packetsDropped,
        sipDropped: Object.values(sip.dropped).reduce((sum, count) => sum + count, 0),
      };
    },
    get isOpen() {
      return sip.isOpen;
    },
    refuseCalls: () => {
      isRefusing = true;
    },
    close: () => (closed ??= closeAll()),
  };
}
