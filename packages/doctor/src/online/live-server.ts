import { askJson, CannotLook } from './ask.ts';

/** How the API is reached, and as whom. */
export interface Access {
  /** Base URL of a Tutti, or of what stands in for Twilio; undefined for Twilio itself. */
  readonly url: string | undefined;
  readonly accountSid: string;
  readonly authToken: string | undefined;
  readonly username: string;
  readonly password: string;
}

export type Resource = Readonly<Record<string, unknown>>;

/** Which product of Twilio's has SIDs of a kind, and where. */
const pathOfKind: ReadonlyMap<string, (sid: string, account: string) => string> = new Map([
  ['AC', (sid: string) => `/2010-04-01/Accounts/${sid}.json`],
  ...(
    [
      ['AP', 'Applications'],
      ['CA', 'Calls'],
      ['CF', 'Conferences'],
      ['PN', 'IncomingPhoneNumbers'],
      ['QU', 'Queues'],
      ['RE', 'Recordings'],
      ['SK', 'Keys'],
    ] as const
  ).map(
    ([kind, collection]) =>
      [
        kind,
        (sid: string, account: string) =>
          `/2010-04-01/Accounts/${account}/${collection}/${sid}.json`,
      ] as const,
  ),
  ['CH', (sid: string) => `/v1/Conversations/${sid}`],
  ['CN', (sid: string) => `/v1/Conductors/${sid}`],
  ['IS', (sid: string) => `/v1/Services/${sid}`],
]);

/** A server that speaks Twilio's REST API, read only. */
export class LiveServer {
  readonly #access: Access;
  readonly #signal: AbortSignal | undefined;

  constructor(access: Access, signal: AbortSignal | undefined) {
    this.#access = access;
    this.#signal = signal;
  }

  get name(): string {
    return this.#access.url ?? 'https://api.twilio.com';
  }

  /** Whether it is a Tutti, which has Conductors. @throws CannotLook */
  async isTutti(): Promise<boolean> {
    if (this.#access.url === undefined) return false;
    try {
      const { status, body } = await this.#get('/v1/Server');
      return status === 200 && typeof body['sip'] === 'string';
    } catch (error) {
      // What answers without JSON is none.
      if (error instanceof CannotLook) return false;
      throw error;
    }
  }

  /** What it says of a SID; undefined for a kind that is not looked up. @throws CannotLook */
  async find(
    sid: string,
  ): Promise<{ readonly status: number; readonly body: Resource } | undefined> {
    const path = pathOfKind.get(sid.slice(0, 2));
    return path && this.#get(path(sid, this.#access.accountSid));
  }

  /** All of a collection of the account, or with which status it was refused. @throws CannotLook */
  async list(collection: string): Promise<readonly Resource[] | number> {
    const key = collection.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    const all: Resource[] = [];
    let path: unknown = `/2010-04-01/Accounts/${this.#access.accountSid}/${collection}.json?PageSize=1000`;
    while (typeof path === 'string' && path !== '') {
      const { status, body } = await this.#get(path);
      if (status !== 200) return status;
      all.push(...((body[key] ?? []) as Resource[]));
      path = body['next_page_uri'];
    }
    return all;
  }

  /** Whether a Conductor or a participant of a Tutti takes calls of a number. @throws CannotLook */
  async isProxyOfCalls(numberSid: string): Promise<boolean> {
    const { body } = await this.#get(`/v1/Sids/${numberSid}`);
    const { ConductorSid: conductors, ParticipantSid: participants } = (body['bound_to'] ??
      {}) as Resource;
    return [conductors, participants].some((sids) => Array.isArray(sids) && sids.length > 0);
  }

  /** Whether a number that is not the account's may be called from all the same. @throws CannotLook */
  async isVerifiedCallerId(number: string): Promise<boolean> {
    const query = new URLSearchParams({ PhoneNumber: number });
    const path = `/2010-04-01/Accounts/${this.#access.accountSid}/OutgoingCallerIds.json`;
    const { body } = await this.#get(`${path}?${query.toString()}`);
    const found = body['outgoing_caller_ids'];
    return Array.isArray(found) && found.length > 0;
  }

  /** Whether an address configuration leads messages to a number into conversations. @throws CannotLook */
  async isConfigured(number: string): Promise<boolean> {
    const { status } = await this.#get(`/v1/Configuration/Addresses/${encodeURIComponent(number)}`);
    return status === 200;
  }

  async #get(path: string): Promise<{ readonly status: number; readonly body: Resource }> {
    const { url, username, password } = this.#access;
    const twilio = path.startsWith('/v1/') ? 'conversations' : 'api';
    const origin = url?.replace(/\/+$/, '') ?? `https://${twilio}.twilio.com`;
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const { status, body } = await askJson(origin + path, {
      headers: { authorization },
      signal: this.#signal,
    });
    return { status, body: (body ?? {}) as Resource };
  }
}
