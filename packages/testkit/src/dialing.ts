import type { OutgoingResult } from '@tutti/sip';
import type { CallAudio } from './call-audio.ts';
import { createDeferred, type Deferred } from './deferred.ts';
import { LivePhoneCall } from './live-phone-call.ts';
import { isSipUri, readDestination, userAt } from './phone-address.ts';
import type { PhoneCall } from './phone-call.ts';
import { PhoneError } from './phone-error.ts';
import type { PhoneLine } from './phone-line.ts';

export interface DialOptions {
  /** Aborting gives the call up. */
  readonly signal?: AbortSignal;
  /** How long it may ring; default 10 s. Then the call is given up. */
  readonly timeoutMs?: number;
  /** Added to the INVITE. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call that is being placed. */
export interface Dialing {
  /** Resolves when answered, and rejects as `Phone.dial` does. */
  readonly call: Promise<PhoneCall>;
  /** Resolves when it rings, or is answered at once; rejects when it comes to neither. */
  readonly ringing: Promise<void>;
  /** Gives the call up; without effect once it was answered. */
  cancel(): void;
}

const DEFAULT_TIMEOUT_MS = 10_000;

export function startDialing(line: PhoneLine, to: string, options: DialOptions): Dialing {
  const ringing = createDeferred<void>();
  const givenUp = createDeferred<never>();
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const cancel = (): void => {
    givenUp.reject(new PhoneError('canceled', 'canceled', { status: 487 }));
  };
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  let rang = false;
  void ringing.promise.then(
    () => {
      rang = true;
    },
    () => undefined,
  );
  const timer = setTimeout(() => {
    const text = `${to} did not answer within ${timeoutMs} ms, ${rang ? 'though it rang' : 'and did not ring'}`;
    givenUp.reject(new PhoneError('timeout', text, { status: 408 }));
  }, timeoutMs);
  const call = place(line, to, { headers: options.headers ?? {}, ringing, givenUp }).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  });
  call.then(
    () => {
      ringing.resolve(undefined);
    },
    (error: unknown) => {
      ringing.reject(error);
    },
  );
  return { call, ringing: ringing.promise, cancel };
}

async function place(
  line: PhoneLine,
  to: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly ringing: Deferred<void>;
    readonly givenUp: Deferred<never>;
  },
): Promise<PhoneCall> {
  const uri = destination(line, to);
  const givenUp = options.givenUp.promise;
  const audio = await line.openAudio();
  try {
    // One that was given up before it was placed never leaves.
    await Promise.race([givenUp, Promise.resolve()]);
    const outgoing = line.endpoint.invite({
      uri,
      from: line.address,
      sdp: audio.offer(),
      headers: options.headers,
      ...(line.credentials === undefined ? {} : { credentials: line.credentials }),
      onProvisional: () => {
        options.ringing.resolve(undefined);
      },
    });
    try {
      return answered(await Promise.race([outgoing.result, givenUp]), to, audio);
    } catch (error) {
      outgoing.cancel();
      void outgoing.result.then((result) =>
        result.kind === 'answered' ? result.dialog.bye() : undefined,
      );
      throw error;
    }
  } catch (error) {
    await audio.close();
    throw error;
  }
}

/** @throws PhoneError */
function destination(line: PhoneLine, to: string): string {
  if (isSipUri(to)) return readDestination(to, line.transport);
  if (line.server === undefined) {
    throw new PhoneError(
      'invalid',
      `Cannot dial ${to}: ${line.number} has no server. Give Phone.open a server, or dial a sip: URI`,
    );
  }
  return userAt(to, line.server);
}

/** @throws PhoneError when it was not answered. */
function answered(result: OutgoingResult, to: string, audio: CallAudio): PhoneCall {
  switch (result.kind) {
    case 'answered':
      audio.accept(result.sdp);
      return new LivePhoneCall(result.dialog, audio);
    case 'refused': {
      const { status, reason } = result;
      throw new PhoneError('refused', `${to} refused the call: ${status} ${reason}`, {
        status,
        reason,
      });
    }
    case 'canceled':
      throw new PhoneError('canceled', 'canceled', { status: 487 });
    case 'failed':
      throw new PhoneError('failed', `Cannot reach ${to}: ${result.message}`, {
        status: result.cause === 'timeout' ? 408 : undefined,
      });
    default:
      return result satisfies never;
  }
}
