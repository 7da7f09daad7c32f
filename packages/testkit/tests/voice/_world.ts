// Read now, and not within the time of the first test.
import '@tutti/server';
import { expect, vi } from 'vitest';
import {
  type CaughtWebhook,
  type Phone,
  type PhoneCall,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  type WebhookCatcher,
} from '../../src/index.ts';

/** Our number, and those of two virtual phones. */
export const OURS = '+15550001111';
/** Where numbers are at home is not known; programs find the names all the same. */
export const NO_PLACES = Object.fromEntries(
  ['From', 'To', 'Caller', 'Called'].flatMap((side) =>
    ['City', 'State', 'Zip', 'Country'].map((part) => [side + part, '']),
  ),
);

export const BOB = '+15557654321';
export const CAROL = '+15557654322';

// eslint-disable-next-line typescript/no-explicit-any -- a test reads what it expects to be there.
export type Json = any;
export type Form = Readonly<Record<string, string | readonly string[]>>;

/** A server with a number of its own, a catcher, and phones. */
export class World implements AsyncDisposable {
  readonly tutti: TestServer;
  readonly hooks: WebhookCatcher;

  private constructor(tutti: TestServer, hooks: WebhookCatcher) {
    this.tutti = tutti;
    this.hooks = hooks;
  }

  static async open(options: TestServerOptions = {}): Promise<World> {
    const tutti = await startTestServer(options);
    const world = new World(tutti, await tutti.webhooks());
    await world.post('/IncomingPhoneNumbers.json', { PhoneNumber: OURS });
    return world;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.tutti.close();
  }

  get #account(): string {
    return `/2010-04-01/Accounts/${this.tutti.accountSid}`;
  }

  phone(number: string): Promise<Phone> {
    return this.tutti.phone(number);
  }

  /** Under /2010-04-01/Accounts/{AccountSid}, or under /v1. */
  async get(path: string): Promise<Json> {
    return (await this.request('GET', path)).body;
  }

  /** @throws when it is refused */
  async post(path: string, form: Form = {}): Promise<Json> {
    const answer = await this.request('POST', path, form);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async request(
    method: string,
    path: string,
    form?: Form,
  ): Promise<{ status: number; body: Json }> {
    const whole = path.startsWith('/v1/') ? path : this.#account + path;
    return this.tutti.request<Json>(method, whole, form);
  }

  /** Places a call from our number; to Bob unless told otherwise. */
  async place(form: Form): Promise<Json> {
    return this.post('/Calls.json', { From: OURS, To: BOB, ...form });
  }

  call(sid: string): Promise<Json> {
    return this.get(`/Calls/${sid}.json`);
  }

  update(sid: string, form: Form): Promise<Json> {
    return this.post(`/Calls/${sid}.json`, form);
  }

  /** The only call there is. */
  async onlyCall(): Promise<Json> {
    const { calls } = await this.get('/Calls.json');
    expect(calls).toHaveLength(1);
    return calls[0];
  }

  /** Waits until the call's row says so. */
  async becomes(sid: string, status: string): Promise<Json> {
    return vi.waitFor(async () => {
      const call = await this.call(sid);
      expect(call.status).toBe(status);
      return call;
    }, WAIT);
  }

  /** What our number does with calls to it. */
  async number(settings: Form): Promise<void> {
    const { incoming_phone_numbers: numbers } = await this.get('/IncomingPhoneNumbers.json');
    await this.post(`/IncomingPhoneNumbers/${numbers[0].sid}.json`, settings);
  }

  /** Calls to our number get this document. */
  async answers(twiml: string): Promise<void> {
    this.hooks.reply('/voice', twiml);
    await this.number({ VoiceUrl: this.hooks.at('/voice') });
  }

  /** Newest first; those with the code when one is given. */
  async alerts(code?: number): Promise<Json[]> {
    const { alerts } = await this.get('/v1/Alerts?PageSize=1000');
    return code === undefined
      ? alerts
      : alerts.filter((alert: Json) => alert.error_code === String(code));
  }

  /** Waits for an alert with the code; answers its text. */
  async alert(code: number): Promise<string> {
    return vi.waitFor(async () => {
      const [alert] = await this.alerts(code);
      expect(alert, `alert ${code}`).toBeDefined();
      return alert.alert_text;
    }, WAIT);
  }

  /** The status callbacks of `path` up to the last, by CallStatus. */
  async statuses(path: string, last = 'completed'): Promise<readonly CaughtWebhook[]> {
    const all: CaughtWebhook[] = [];
    do all.push(await this.hooks.next(path));
    while (all.at(-1)?.parameters['CallStatus'] !== last);
    return all;
  }

  /** A conversation with a Conductor. */
  async conversation(
    conductor: Form = {},
  ): Promise<{ conversationSid: string; conductorSid: string }> {
    const { sid: conversationSid } = await this.post('/v1/Conversations');
    const { sid: conductorSid } = await this.conductor(conversationSid, conductor);
    return { conversationSid, conductorSid };
  }

  conductor(conversationSid: string, form: Form = {}): Promise<Json> {
    return this.post(`/v1/Conversations/${conversationSid}/Conductors`, form);
  }

  /** Nothing of any call is left open, and every call has ended. */
  async quiet(): Promise<void> {
    await vi.waitFor(() => {
      expect(this.tutti.server.voiceCounts).toMatchObject({
        calls: 0,
        bridges: 0,
        streams: 0,
        transcriptions: 0,
        legs: 0,
        dialogs: 0,
      });
    }, WAIT);
    await this.tutti.settled();
    // An end that could not be written is written later.
    await vi.waitFor(async () => {
      const { calls } = await this.get('/Calls.json?PageSize=1000');
      const live = calls.filter(({ status }: Json) =>
        ['queued', 'ringing', 'in-progress'].includes(status),
      );
      expect(live).toEqual([]);
    }, WAIT);
  }
}

const WAIT = { timeout: 5000, interval: 10 };

/** Waits until `check` passes. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, WAIT);
}

/** Answers the next call to `phone`. */
export async function answered(phone: Phone): Promise<PhoneCall> {
  return (await phone.nextCall()).answer();
}

/** Each hears a tone that the other plays. */
export async function hearEachOther(a: PhoneCall, b: PhoneCall): Promise<void> {
  const tones = [a.playTone(600), b.playTone(1100)];
  await Promise.all([a.hears({ tone: 1100 }), b.hears({ tone: 600 })]);
  for (const tone of tones) tone.stop();
}

export const twiml = (...verbs: string[]): string => `<Response>${verbs.join('')}</Response>`;
