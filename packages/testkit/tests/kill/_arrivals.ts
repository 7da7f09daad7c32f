import { type CaughtWebhook, type WebhookAnswer, WebhookCatcher } from '../../src/index.ts';
import type { Random } from './_random.ts';

const TOKEN = 'i-twilio-idempotency-token';

/** The receivers, each at a host and port of its own. */
export const receivers = ['steady', 'failing', 'slow'] as const;
export type Receiver = (typeof receivers)[number];

/** One webhook as it arrived. */
export interface Arrival {
  readonly receiver: Receiver;
  /** Conversation's or call's SID: what arrives of one at one receiver has an order. */
  readonly subject: string;
  /** `onMessageAdded k17`, as the ledger writes it. */
  readonly event: string;
  readonly token: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether nothing with its token had arrived there before. */
  readonly isFirst: boolean;
  /** What does not change over attempts. */
  readonly whole: string;
  readonly signed: boolean;
}

/** A customer's web servers, which outlive the server: one that serves, one that often fails, one that is slow. */
export class Receivers implements AsyncDisposable {
  readonly arrivals: Arrival[] = [];
  /** Acknowledged changes' events that have yet to arrive. */
  readonly #outstanding = new Set<string>();
  readonly #arrived = new Set<string>();
  readonly #catchers: Readonly<Record<Receiver, WebhookCatcher>>;
  readonly #tokens = new Set<string>();
  readonly #random: Random;
  #waiting: (() => void)[] = [];
  #isCalm = false;

  private constructor(catchers: Readonly<Record<Receiver, WebhookCatcher>>, random: Random) {
    this.#catchers = catchers;
    this.#random = random;
    for (const receiver of receivers) {
      catchers[receiver].reply('/hook', (caught) => this.#receive(receiver, caught));
    }
  }

  static async open(authToken: string, random: Random): Promise<Receivers> {
    const [steady, failing, slow] = await Promise.all([
      WebhookCatcher.open({ authToken }),
      WebhookCatcher.open({ authToken }),
      WebhookCatcher.open({ authToken }),
    ]);
    return new Receivers({ steady, failing, slow }, random);
  }

  at(receiver: Receiver): string {
    return this.#catchers[receiver].at('/hook');
  }

  /** What is to arrive, and may have. */
  expect(receiver: Receiver, subject: string, event: string): void {
    const key = keyOf(receiver, subject, event);
    if (!this.#arrived.has(key)) this.#outstanding.add(key);
  }

  /** How much is to arrive. */
  get outstanding(): number {
    return this.#outstanding.size;
  }

  has(receiver: Receiver, subject: string, event: string): boolean {
    return this.#arrived.has(keyOf(receiver, subject, event));
  }

  /** From now on all answer well and at once. */
  calm(): void {
    this.#isCalm = true;
  }

  /** Resolves when something new has arrived, or after a while. */
  async more(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 100);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(receivers.map((receiver) => this.#catchers[receiver].close()));
  }

  #receive(receiver: Receiver, caught: CaughtWebhook): WebhookAnswer {
    const { parameters, headers, url, body } = caught;
    const token = headers[TOKEN] ?? '';
    const isFirst = !this.#tokens.has(token);
    this.#tokens.add(token);
    const ofCall = parameters['CallbackSource'] !== undefined;
    const subject = (ofCall ? parameters['CallSid'] : parameters['ConversationSid']) ?? '';
    const event = ofCall ? `callback ${parameters['SequenceNumber']}` : eventOf(parameters);
    const whole = `${receiver} ${url} ${body}`;
    this.arrivals.push({
      receiver,
      subject,
      event,
      token,
      parameters,
      isFirst,
      whole,
      signed: caught.signatureValid,
    });
    const key = keyOf(receiver, subject, event);
    this.#arrived.add(key);
    this.#outstanding.delete(key);
    for (const wake of this.#waiting.splice(0)) wake();
    if (this.#isCalm) return { status: 200 };
    return this.#answer(receiver, isFirst, event);
  }

  /** What fails, fails once: whoever tries again gets through. */
  #answer(receiver: Receiver, isFirst: boolean, event: string): WebhookAnswer {
    const random = this.#random.fork(`${receiver} ${event}`);
    if (receiver === 'slow') return { status: 200, delayMs: random.between(0, 30) };
    if (receiver === 'steady' || !isFirst || !random.chance(0.04)) return { status: 200 };
    return random.pick<WebhookAnswer>([
      { status: 500 },
      { hangUp: true },
      { status: 503, delayMs: random.between(0, 300) },
      { hangUp: true, delayMs: random.between(0, 300) },
    ]);
  }
}

function keyOf(receiver: Receiver, subject: string, event: string): string {
  return `${receiver} ${subject} ${event}`;
}

/** An event of a conversation and what it is about: the mark of what was written, or the SID of what is gone. */
export function eventOf(parameters: Readonly<Record<string, string>>): string {
  const { EventType: type = '', MessageSid, ParticipantSid, ConductorSid } = parameters;
  const { Body, Attributes, FriendlyName } = parameters;
  if (type === 'onConversationStateUpdated') return `${type} ${parameters['StateTo']}`;
  if (type === 'onConversationRemoved') return type;
  if (type.startsWith('onCall')) return `${type} ${parameters['CallSid']}`;
  if (type.endsWith('Removed')) {
    return `${type} ${MessageSid ?? ParticipantSid ?? ConductorSid ?? ''}`;
  }
  if (type.startsWith('onMessage')) return `${type} ${Body}`;
  if (type.startsWith('onParticipant')) return `${type} ${markIn(Attributes) ?? ParticipantSid}`;
  return `${type} ${FriendlyName}`;
}

/** The mark that attributes hold. */
export function markIn(attributes: string | undefined): string | undefined {
  return /"mark":"(k\d+)"/.exec(attributes ?? '')?.[1];
}
