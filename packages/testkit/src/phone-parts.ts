import { type AudioCodec, type IncomingCall, SipEndpoint, SipTransportError } from '@tutti/sip';
import { CallAudio } from './call-audio.ts';
import { PhoneError } from './phone-error.ts';
import { acquireEngine } from './shared-engine.ts';

export interface PhonePartsOptions {
  readonly host: string;
  readonly port: number;
  readonly codecs: readonly AudioCodec[];
  readonly telephoneEvent: boolean;
  readonly onInvite: (call: IncomingCall) => void;
}

/** What a phone is made of, and must give back. */
export interface PhoneParts {
  readonly endpoint: SipEndpoint;
  openAudio(): Promise<CallAudio>;
  /** Hangs up, unregisters, frees the ports. */
  close(): Promise<void>;
}

/** How long peers have to confirm that we left. */
const CLOSE_MS = 1000;

/** @throws PhoneError when the port cannot be had. */
export async function openPhoneParts(options: PhonePartsOptions): Promise<PhoneParts> {
  const { host, port, codecs, telephoneEvent, onInvite } = options;
  const endpoint = await listen(host, port, onInvite);
  const shared = acquireEngine();
  const audios = new Set<CallAudio>();
  let closed = false;
  return {
    endpoint,
    openAudio: async () => {
      if (closed) throw new PhoneError('closed', 'The phone was closed');
      const audio = await CallAudio.open({ engine: shared.engine, host, codecs, telephoneEvent });
      audios.add(audio);
      audio.onClose(() => audios.delete(audio));
      return audio;
    },
    close: async () => {
      closed = true;
      await endpoint.close();
      await Promise.all([...audios].map((audio) => audio.close()));
      await shared.release();
    },
  };
}

async function listen(
  host: string,
  port: number,
  onInvite: (call: IncomingCall) => void,
): Promise<SipEndpoint> {
  try {
    return await SipEndpoint.listen({
      host,
      port,
      userAgent: 'Tutti phone',
      closeTimeoutMs: CLOSE_MS,
      onInvite,
    });
  } catch (cause) {
    if (!(cause instanceof SipTransportError)) throw cause;
    throw new PhoneError('failed', `Cannot open ${host}:${port}: ${cause.message}`, { cause });
  }
}
