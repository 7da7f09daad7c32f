import type { SipClock } from '../clock.ts';
import type { SipMessage, SipRequest } from '../message/message.ts';
import { parseParams } from '../message/params.ts';

/** What we ask for: RFC 4028 §4 recommends 1800. */
export const SESSION_SEC = 1800;
/** The least that may be asked of us: RFC 4028 §5. */
export const MIN_SESSION_SEC = 90;

/** What both sides agreed on. */
export interface SessionAgreement {
  readonly expiresSec: number;
  /** Whether it is ours to refresh. */
  readonly ours: boolean;
}

export type SessionOffer =
  /** `headers` go into our 2xx. */
  | {
      readonly kind: 'agreed';
      readonly agreement: SessionAgreement | undefined;
      readonly headers: readonly (readonly [string, string])[];
    }
  /** 422: less than we bear. */
  | { readonly kind: 'too-small' };

/** Decides on the session timer of an INVITE or UPDATE to us: RFC 4028 §9. */
export function answerSessionTimer(request: SipRequest): SessionOffer {
  const asked = readSessionExpires(request);
  const understands = supportsTimer(request);
  if (asked === undefined) {
    if (!understands) return { kind: 'agreed', agreement: undefined, headers: [] };
    return agreed(SESSION_SEC, 'uas', true);
  }
  if (asked.sec < MIN_SESSION_SEC) {
    // A proxy asked for it: the peer would not understand why it is refused.
    if (understands) return { kind: 'too-small' };
    return agreed(MIN_SESSION_SEC, 'uas', false);
  }
  return agreed(asked.sec, understands ? (asked.refresher ?? 'uac') : 'uas', understands);
}

function agreed(sec: number, refresher: 'uac' | 'uas', understands: boolean): SessionOffer {
  return {
    kind: 'agreed',
    agreement: { expiresSec: sec, ours: refresher === 'uas' },
    headers: [
      ['Session-Expires', `${sec};refresher=${refresher}`],
      // It must be there when the peer is to refresh: RFC 4028 §9, table 2.
      ...(understands ? [['Require', 'timer'] as const] : []),
    ],
  };
}

/** Reads what a 2xx agreed to: RFC 4028 §7.2. */
export function readAgreement(response: SipMessage): SessionAgreement | undefined {
  const session = readSessionExpires(response);
  if (session === undefined) return undefined;
  return {
    expiresSec: Math.max(session.sec, MIN_SESSION_SEC),
    ours: session.refresher !== 'uas',
  };
}

/** The headers of an INVITE or UPDATE of ours. */
export function sessionHeaders(sec: number): readonly (readonly [string, string])[] {
  return [
    ['Session-Expires', String(sec)],
    ['Min-SE', String(MIN_SESSION_SEC)],
  ];
}

/** The interval a 422 asks for. */
export function readMinSession(response: SipMessage): number | undefined {
  const text = response.headers.get('min-se')?.split(';', 1)[0]?.trim() ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function supportsTimer({ headers }: SipRequest): boolean {
  return [...headers.list('supported'), ...headers.list('require')].some(
    (option) => option.toLowerCase() === 'timer',
  );
}

function readSessionExpires(
  message: SipMessage,
): { readonly sec: number; readonly refresher: 'uac' | 'uas' | undefined } | undefined {
  const match = /^(\d{1,9})\s*(?:;(.*))?$/.exec(message.headers.get('session-expires') ?? '');
  if (match === null) return undefined;
  const refresher = parseParams(match[2] ?? '')
    ?.get('refresher')
    ?.toLowerCase();
  return {
    sec: Number(match[1]),
    refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
  };
}

/** Runs the timer of one dialog: RFC 4028 §10. */
export class SessionTimer {
  readonly #clock: SipClock;
  readonly #refresh: () => void;
  readonly #expire: () => void;
  #stop: () => void = () => undefined;
  #running = false;

  constructor(
    clock: SipClock,
    actions: { readonly refresh: () => void; readonly expire: () => void },
  ) {
    this.#clock = clock;
    this.#refresh = actions.refresh;
    this.#expire = actions.expire;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Begins anew with what was agreed; without an agreement nothing runs. */
  start(agreement: SessionAgreement | undefined): void {
    this.#stop();
    this.#running = agreement !== undefined;
    if (agreement === undefined) return;
    const { expiresSec, ours } = agreement;
    // The peer's silence is borne a little less long than the whole, so that the BYE comes before the peer's own.
    const patienceSec = expiresSec - Math.min(32, expiresSec / 3);
    if (!ours) {
      this.#stop = this.#clock.after(patienceSec * 1000, this.#expire);
      return;
    }
    // Half the interval leaves room to try again.
    const refreshSec = expiresSec / 2;
    this.#stop = this.#clock.after(refreshSec * 1000, () => {
      this.#stop = this.#clock.after((patienceSec - refreshSec) * 1000, this.#expire);
      this.#refresh();
    });
  }

  stop(): void {
    this.#stop();
  }
}
