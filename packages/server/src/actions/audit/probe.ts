import { OutletError } from '../../base/app-error.ts';
import { decodeText, mediaType } from '../../callback/content-type.ts';
import { readTwiml } from '../../callback/read-twiml.ts';
import type { CallbackAnswer } from '../../callback/send.ts';
import type { Account } from '../../model/account.ts';
import type { Application } from '../../model/application.ts';
import type { ActionContext } from '../context.ts';

/** What a voice URL answered. */
export interface Probe {
  /** Why it gave no answer to a signed request; undefined when it gave one. */
  readonly unreachable?: string;
  /** Why the answer is no document. */
  readonly invalid?: string;
  readonly durationMs: number;
  /** Whether a request with a wrong signature was answered as if it were right. */
  readonly acceptsUnsigned: boolean;
}

/** Callers hear silence for as long as the application thinks. */
export const SLOW_MS = 3000;
/** A call gives up after 15 s; so long nobody waits for an audit. */
const GIVEN_UP_MS = 10_000;
const RINGING = 'ringing';

/**
 * Asks the voice URL of an application twice, as an inbound call would: with the right signature, and with a wrong one.
 * The CallSid begins `CA0000000000000000` and there is a parameter `TuttiProbe=audit`, so that the application can tell.
 */
export async function probeVoiceUrl(
  { sender, ids }: Pick<ActionContext, 'sender' | 'ids'>,
  account: Pick<Account, 'sid' | 'authToken'>,
  { sid, voiceUrl, voiceMethod }: Pick<Application, 'sid' | 'voiceUrl' | 'voiceMethod'>,
): Promise<Probe> {
  const send = (authToken: string): Promise<CallbackAnswer> =>
    sender.send({
      url: voiceUrl ?? '',
      method: voiceMethod,
      authToken,
      idempotencyToken: ids.uuid(),
      timeouts: { totalMs: GIVEN_UP_MS },
      parameters: {
        AccountSid: account.sid,
        ApiVersion: '2010-04-01',
        ApplicationSid: sid,
        CallSid: `CA0000000000000000${ids.secret().slice(16)}`,
        CallStatus: RINGING,
        Direction: 'inbound',
        From: '+15005550006',
        To: '+15005550006',
        TuttiProbe: 'audit',
      },
    });
  const signed = await send(account.authToken);
  if (!signed.ok && signed.givenUp) throw stopped();
  if (!signed.ok) {
    return { unreachable: signed.problem, durationMs: signed.durationMs, acceptsUnsigned: false };
  }
  const invalid = problemOf(signed);
  const forged = await send(ids.secret());
  if (!forged.ok && forged.givenUp) throw stopped();
  return {
    durationMs: signed.durationMs,
    acceptsUnsigned: forged.ok,
    ...(invalid === undefined ? {} : { invalid }),
  };
}

function stopped(): OutletError {
  return new OutletError('callback', 'the server is being stopped', { retryable: true });
}

function problemOf(answer: Extract<CallbackAnswer, { ok: true }>): string | undefined {
  const contentType = answer.headers['content-type'];
  const type = mediaType(contentType);
  if (answer.status === 204 || type.startsWith('audio/')) return undefined;
  if (!['text/xml', 'application/xml', 'text/html', 'text/plain'].includes(type)) {
    return `its Content-Type is ${contentType === undefined ? 'missing' : JSON.stringify(contentType)}`;
  }
  const parsed = readTwiml(decodeText(answer.body, contentType));
  return parsed.ok ? undefined : `${parsed.error.code} ${parsed.error.message}`;
}
