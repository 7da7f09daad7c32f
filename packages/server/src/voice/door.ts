import { createEspeakEngine, MediaEngine } from '@tutti/media';
import { SipEndpoint } from '@tutti/sip';
import type { ActionContext } from '../actions/context.ts';
import type { Log } from '../base/log.ts';
import type { Bus } from '../bus/bus.ts';
import type { Config } from '../config/config.ts';
import { ConductorBridges } from './conductor-bridges.ts';
import type { VoiceContext } from './context.ts';
import { takeInvite } from './inbound.ts';
import type { LiveCall } from './live-call.ts';
import { placeQueued } from './outbound.ts';
import { Registrar } from './registrar.ts';
import { speakMessage } from './speak-message.ts';

/** What is open in the voice room, for tests that nothing is left behind. */
export interface VoiceCounts {
  readonly calls: number;
  readonly bridges: number;
  readonly legs: number;
  readonly dialogs: number;
  readonly transactions: number;
}

/** The voice door: SIP in and out, and the calls of this node. */
export interface VoiceDoor {
  /** `sip:host:port` */
  readonly uri: string;
  readonly counts: VoiceCounts;
  /** Ends every call, then closes the sockets. */
  close(): Promise<void>;
}

/** @throws SipTransportError when the port is taken. */
export async function openVoiceDoor(options: {
  readonly actions: ActionContext;
  readonly bus: Bus;
  readonly config: Config;
  readonly log: Log;
}): Promise<VoiceDoor> {
  const { actions, bus, config, log } = options;
  const registrar = new Registrar(actions.db, actions.clock, log);
  const media = new MediaEngine({
    onError: (err: unknown) => log.error({ err }, 'media failed'),
  });
  const sip = await SipEndpoint.listen({
    host: config.host,
    port: config.sipPort,
    advertisedHost: config.advertisedHost,
    userAgent: 'Tutti',
    onInvite: (incoming) => void takeInvite(context, incoming),
    onRegister: (register) => void registrar.handle(register),
    onProblem: (problem) => log.warn({ problem }, 'sip peer misbehaved'),
  });
  const context: VoiceContext = {
    actions,
    sip,
    media,
    speech: createEspeakEngine({ command: config.speechCommand }),
    registrar,
    bridges: new ConductorBridges(media),
    calls: new Map<string, LiveCall>(),
    config,
    log,
  };
  const subscriptions = [
    bus.subscribe('call-placed', ({ callSid }) => void placeQueued(context, callSid)),
    bus.subscribe('call-updated', ({ callSid, order }) => context.calls.get(callSid)?.order(order)),
    bus.subscribe('message-to-speak', (news) => void speakMessage(context, news)),
  ];
  return {
    uri: `sip:${config.advertisedHost}:${sip.port}`,
    get counts() {
      return {
        calls: context.calls.size,
        bridges: context.bridges.size,
        legs: media.stats.legs,
        dialogs: sip.counts.dialogs,
        transactions: sip.counts.transactions,
      };
    },
    close: async () => {
      for (const unsubscribe of subscriptions) unsubscribe();
      await Promise.all([...context.calls.values()].map((live) => live.end('completed')));
      await sip.close();
      await media.close();
    },
  };
}
