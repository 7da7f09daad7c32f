import { type DigestAuthorization, formatChallenge, readAuthorizations } from '../digest/digest.ts';
import type { SipRequest } from '../message/message.ts';
import { formatNameAddr, type NameAddr, parseNameAddrList } from '../message/name-addr.ts';
import { quote, unquote } from '../message/params.ts';
import type { SipUri } from '../message/uri.ts';
import { fail, ok, type Result } from '../result.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Source } from '../transport/transport.ts';
import type { Agent, Closeable } from './agent.ts';

/** Where an address of record can be reached, and for how long. */
export interface RegisterContact {
  readonly uri: SipUri;
  /** 0 removes the binding. */
  readonly expiresSec: number;
  /** Preference among the contacts, 0 to 1; 1 when it is not said: RFC 3261 §20.10. */
  readonly q?: number;
  /** What stays the same when a phone's address changes: `+sip.instance`, RFC 5626 §4.1. */
  readonly instance?: string;
}

/** A REGISTER to us, to be challenged, accepted or rejected once: RFC 3261 §10.3. */
export interface IncomingRegister {
  readonly request: SipRequest;
  /** The address of record, from To. */
  readonly aor: SipUri;
  /** Each with its own expiry, or the request's. Empty for a query, and with `removeAll`. */
  readonly contacts: readonly RegisterContact[];
  /** True for `Contact: *` with `Expires: 0`. */
  readonly removeAll: boolean;
  /** What the request asks for as a whole; 3600 when it does not say. */
  readonly expiresSec: number;
  /** All of one phone's have one Call-ID, and `cseq` rises: RFC 3261 §10.2.4. */
  readonly callId: string;
  readonly cseq: number;
  /** Where it came from: a call to the phone may be sent there. */
  readonly source: Source;
  /** What it answers to challenges, ours and others'. */
  readonly authorizations: readonly DigestAuthorization[];
  /**
   * Answers 401 with a challenge for MD5 alone. One for SHA-256 beside it (RFC 8760 §2.4) is what phones in use cannot
   * bear: libre up to 3.11 gives up at any it does not know, PJSIP up to 2.10 looks at the first line only.
   */
  challenge(options: {
    readonly realm: string;
    readonly nonce: string;
    readonly stale?: boolean;
  }): void;
  /** Answers 200 with every binding there now is. */
  accept(contacts: readonly RegisterContact[]): void;
  reject(status: number, reason?: string): void;
  /** Answers 423 and what it may ask for at least: RFC 3261 §10.3, step 7. */
  rejectBrief(minExpiresSec: number): void;
}

const DEFAULT_EXPIRES_SEC = 3600;
/** A handler that never answers must not hold the transaction for ever. */
const PATIENCE_MS = 30_000;

/** Reads a REGISTER; a malformed one is the error, to be answered with 400. */
export function openRegister(
  agent: Agent,
  transaction: ServerTransaction,
): Result<IncomingRegister, { readonly message: string }> {
  const { request, envelope } = transaction;
  const expires = seconds(request.headers.get('expires')) ?? DEFAULT_EXPIRES_SEC;
  const lines = request.headers.list('contact');
  const removeAll = lines.includes('*');
  // `*` stands alone and only with Expires 0: RFC 3261 §10.2.2.
  if (removeAll && (lines.length > 1 || expires !== 0)) return fail({ message: 'Misplaced *' });
  const contacts = removeAll ? ok([]) : parseNameAddrList(lines);
  if (!contacts.ok) return contacts;
  const other = contacts.value.find(({ uri }) => !uri.scheme.startsWith('sip'));
  if (other !== undefined)
    return fail({ message: `Contact is a ${other.uri.scheme} URI, not sip` });
  // RFC 3261 §10.3: the address of record is a SIP URI.
  if (!envelope.to.uri.scheme.startsWith('sip')) return fail({ message: 'To is no SIP URI' });

  let open = true;
  const closeable: Closeable = {
    close: async () => {
      reply(503);
    },
  };
  const stopWaiting = agent.clock.after(PATIENCE_MS, () => {
    reply(500);
  });
  const reply = (
    status: number,
    headers: readonly (readonly [string, string])[] = [],
    reason?: string,
  ): void => {
    if (!open) return;
    open = false;
    stopWaiting();
    agent.open.delete(closeable);
    transaction.reply(status, { headers, ...(reason === undefined ? {} : { reason }) });
  };
  agent.open.add(closeable);
  return ok({
    request,
    aor: envelope.to.uri,
    contacts: contacts.value.map((contact) => readContact(contact, expires)),
    removeAll,
    expiresSec: expires,
    callId: envelope.callId,
    cseq: envelope.seq,
    source: transaction.source,
    authorizations: readAuthorizations(request.headers.getAll('authorization')),
    challenge: (options) => {
      reply(401, [['WWW-Authenticate', formatChallenge({ ...options, algorithm: 'MD5' })]]);
    },
    accept: (bindings) => {
      reply(
        200,
        bindings.map((binding) => ['Contact', contactText(binding)]),
      );
    },
    reject: (status, reason) => {
      reply(status, [], reason);
    },
    rejectBrief: (minExpiresSec) => {
      reply(423, [['Min-Expires', String(minExpiresSec)]]);
    },
  });
}

function readContact(contact: NameAddr, expires: number): RegisterContact {
  const { uri, params } = contact;
  const q = params.get('q') ?? '';
  const instance = params.get('+sip.instance');
  return {
    uri,
    expiresSec: seconds(params.get('expires')) ?? expires,
    ...(QVALUE.test(q) ? { q: Number(q) } : {}),
    ...(instance === undefined ? {} : { instance: unquote(instance) }),
  };
}

// qvalue: RFC 3261 §25.1.
const QVALUE = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

function contactText({ uri, expiresSec, q, instance }: RegisterContact): string {
  return formatNameAddr({
    uri,
    params: new Map([
      ['expires', String(Math.max(0, Math.floor(expiresSec)))],
      ...(q === undefined ? [] : [['q', String(q)] as const]),
      ...(instance === undefined ? [] : [['+sip.instance', quote(instance)] as const]),
    ]),
  });
}

// A malformed expiry counts as absent: RFC 3261 §10.2.1.1.
export function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
