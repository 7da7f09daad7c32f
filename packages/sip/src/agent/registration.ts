import { Authenticator, type Credentials } from '../digest/authenticator.ts';
import { SipCallError } from '../errors.ts';
import { randomMs } from '../ids.ts';
import { SipHeaders } from '../message/headers.ts';
import { NO_BODY, type SipRequest, type SipResponse } from '../message/message.ts';
import {
  formatNameAddr,
  type NameAddr,
  parseNameAddr,
  parseNameAddrList,
  withParam,
} from '../message/name-addr.ts';
import { refuseLineBreak } from '../message/params.ts';
import { formatSipUri, parseSipUri, type SipUri } from '../message/uri.ts';
import type { Source } from '../transport/transport.ts';
import { type Agent, type Closeable, contactFor, type Hop, hopTransport } from './agent.ts';
import { type FinalOutcome, requestFinal } from './final-response.ts';
import { seconds } from './incoming-register.ts';
import { parseProxy } from './invite-options.ts';

export interface RegisterOptions {
  /** The registrar, such as `sip:example.com:5060;transport=tcp`. */
  readonly registrar: string;
  /** The address of record, URI or name-addr. */
  readonly aor: string;
  readonly credentials?: Credentials;
  /** Asked for; the registrar may give less. Default 3600. */
  readonly expiresSec?: number;
  /** User part of our Contact; default: the address of record's. */
  readonly contactUser?: string;
  readonly proxy?: string;
}

/**
 * A binding that is kept fresh until it is closed: before it lapses, and at once when the stream it was made by is closed,
 * since a registrar may reach us by no other. RFC 5626 §4.4, §4.5.
 */
export interface Registration extends Closeable {
  /** Rejects with SipCallError when the first attempt fails; nothing is refreshed then. */
  readonly registered: Promise<void>;
  /** Removes the binding; idempotent, never rejects. */
  close(): Promise<void>;
}

const DEFAULT_EXPIRES_SEC = 3600;
/** Doubled at each failure, what is waited at most before the next attempt: RFC 5626 §4.5. */
const BACK_OFF_MS = 30_000;
const BACK_OFF_MOST_MS = 1_800_000;
/** A renewed stream that lived for less is a failure too: a registrar that drops each is not asked again and again. */
const STABLE_MS = 120_000;

interface Plan {
  readonly uri: SipUri;
  readonly aor: NameAddr;
  readonly hop: Hop;
  readonly proxy: SipUri | undefined;
}

export class LiveRegistration implements Registration {
  readonly registered: Promise<void>;
  readonly #agent: Agent;
  readonly #options: RegisterOptions;
  readonly #plan: Plan;
  readonly #auth: Authenticator;
  readonly #callId: string;
  readonly #tag: string;
  #seq = 0;
  #expiresSec: number;
  #bound = false;
  /** Failures one after another: attempts, and streams that did not last. */
  #failures = 0;
  /** The stream of the binding. */
  #connection: number | undefined;
  #stopWatch: () => void = () => undefined;
  #stopTimer: () => void = () => undefined;
  #underWay: Promise<unknown>;
  #closing: Promise<void> | undefined;

  /** @throws TypeError when an address is malformed. */
  constructor(agent: Agent, options: RegisterOptions) {
    this.#agent = agent;
    this.#options = options;
    this.#plan = planRegister(options);
    this.#auth = new Authenticator(options.credentials, agent.ids);
    this.#expiresSec = options.expiresSec ?? DEFAULT_EXPIRES_SEC;
    // One Call-ID and a growing CSeq for all of it: RFC 3261 §10.2.
    this.#callId = agent.ids.callId();
    this.#tag = agent.ids.tag();
    agent.open.add(this);
    this.registered = this.#first();
    this.#underWay = this.registered.catch(() => undefined);
  }

  close(): Promise<void> {
    this.#closing ??= this.#unregister();
    return this.#closing;
  }

  async #first(): Promise<void> {
    const outcome = await this.#send();
    const failure = this.#take(outcome);
    if (failure === undefined) return;
    this.#agent.open.delete(this);
    throw failure;
  }

  async #refresh(): Promise<void> {
    const failure = this.#take(await this.#send());
    if (failure === undefined) return;
    this.#agent.problem({
      kind: 'connection',
      message: 'Registration not refreshed',
      cause: failure,
    });
    this.#failures += 1;
    this.#retry();
  }

  /** At once after no failure; else drawn, so that not all phones of a registrar come back together: RFC 5626 §4.5. */
  #retry(): void {
    if (this.#closing !== undefined) return;
    const mostMs = Math.min(BACK_OFF_MS * 2 ** this.#failures, BACK_OFF_MOST_MS);
    this.#later(this.#failures === 0 ? 0 : randomMs(mostMs / 2, mostMs));
  }

  #watch(source: Source): void {
    const { connection } = source;
    const isRenewal = this.#connection !== undefined && this.#connection !== connection;
    // Until it has proved itself, a new stream counts like none.
    this.#failures = isRenewal ? this.#failures + 1 : 0;
    if (connection === this.#connection) return;
    this.#connection = connection;
    const sinceMs = this.#agent.clock.now();
    this.#stopWatch();
    this.#stopWatch = this.#agent.onStreamClosed(source, () => {
      if (this.#closing !== undefined) return;
      this.#agent.problem({ kind: 'connection', message: 'Connection of a registration closed' });
      if (this.#agent.clock.now() - sinceMs >= STABLE_MS) this.#failures = 0;
      this.#stopTimer();
      this.#retry();
    });
  }

  async #unregister(): Promise<void> {
    this.#stopTimer();
    this.#stopWatch();
    await this.#underWay;
    this.#stopTimer();
    if (this.#bound) {
      this.#bound = false;
      this.#expiresSec = 0;
      await this.#send();
    }
    this.#agent.open.delete(this);
  }

  /** Takes in what the registrar said; gives the error if it was not 200. */
  #take(outcome: FinalOutcome): SipCallError | undefined {
    if (outcome.kind === 'failed') return new SipCallError(outcome.cause, outcome.message);
    const { status, reason } = outcome.response;
    if (status < 200 || status > 299) {
      return new SipCallError('refused', `Registration refused: ${status} ${reason}`, { status });
    }
    this.#bound = true;
    this.#watch(outcome.source);
    const granted = this.#granted(outcome.response);
    // Early enough for a lost request to be repeated before the binding lapses.
    if (this.#closing === undefined) this.#later(Math.max(granted * 0.9, granted - 60) * 1000);
    return undefined;
  }

  #later(ms: number): void {
    this.#stopTimer = this.#agent.clock.after(ms, () => {
      this.#underWay = this.#refresh();
    });
  }

  async #send(): Promise<FinalOutcome> {
    const outcome = await this.#attempt();
    if (outcome.kind === 'failed' || outcome.response.status !== 423) return outcome;
    // Interval too brief: once more with what the registrar wants, RFC 3261 §10.2.8.
    const wanted = seconds(outcome.response.headers.get('min-expires'));
    if (wanted === undefined || wanted <= this.#expiresSec || this.#expiresSec === 0)
      return outcome;
    this.#expiresSec = wanted;
    return this.#attempt();
  }

  #attempt(): Promise<FinalOutcome> {
    return requestFinal(
      this.#agent,
      () => ({ request: this.#build(), hop: this.#plan.hop }),
      this.#auth,
    );
  }

  #build(): SipRequest {
    const { uri, aor, hop, proxy } = this.#plan;
    this.#seq += 1;
    const user = this.#options.contactUser ?? aor.uri.user;
    const target = formatSipUri(uri);
    const pairs: (readonly [string, string])[] = [];
    if (proxy !== undefined) pairs.push(['Route', `<${formatSipUri(proxy)}>`]);
    pairs.push(
      ['Max-Forwards', '70'],
      ['From', formatNameAddr(withParam(aor, 'tag', this.#tag))],
      ['To', formatNameAddr(aor)],
      ['Call-ID', this.#callId],
      ['CSeq', `${this.#seq} REGISTER`],
      [
        'Contact',
        contactFor(this.#agent, user, {
          transport: hopTransport(hop),
          secure: uri.scheme === 'sips',
        }),
      ],
      ['Expires', String(this.#expiresSec)],
      ['User-Agent', this.#agent.userAgent],
      ...this.#auth.headers('REGISTER', target),
    );
    return {
      kind: 'request',
      method: 'REGISTER',
      uri: target,
      headers: SipHeaders.of(pairs),
      body: NO_BODY,
    };
  }

  // The registrar's word on our own Contact counts, then Expires: RFC 3261 §10.2.4.
  #granted(response: SipResponse): number {
    const { host, port } = this.#agent.address(hopTransport(this.#plan.hop));
    const contacts = parseNameAddrList(response.headers.getAll('contact'));
    const ours = contacts.ok
      ? contacts.value.find(({ uri }) => uri.host === host && uri.port === port)
      : undefined;
    return (
      seconds(ours?.params.get('expires')) ??
      seconds(response.headers.get('expires')) ??
      this.#expiresSec
    );
  }
}

/** @throws TypeError */
function planRegister(options: RegisterOptions): Plan {
  for (const text of [options.registrar, options.aor, options.proxy ?? '']) {
    refuseLineBreak(text, 'registration');
  }
  const uri = parseSipUri(options.registrar);
  if (!uri.ok) throw new TypeError(uri.error.message);
  const aor = parseNameAddr(options.aor);
  if (!aor.ok) throw new TypeError(aor.error.message);
  const proxy = options.proxy === undefined ? undefined : parseProxy(options.proxy);
  if (proxy?.ok === false) throw new TypeError(proxy.error.message);
  // A registrar has no user part: RFC 3261 §10.2.
  const { user: _user, password: _password, headers: _headers, ...registrar } = uri.value;
  return {
    uri: registrar,
    aor: aor.value,
    hop: { kind: 'uri', uri: proxy?.value ?? registrar },
    proxy: proxy?.value,
  };
}
