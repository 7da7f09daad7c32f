import type { Api, Form, Json } from './_api.ts';
import { Unanswered } from './_api.ts';
import type { Receivers } from './_arrivals.ts';
import type { Change, Kind, Ledger, Thing } from './_ledger.ts';
import type { Phones } from './_phones.ts';
import type { Random } from './_random.ts';
import { allEvents, listenersOf, OURS, scopedEvents, type Setting } from './_setting.ts';

/** Writers at work at once. */
const WRITERS = 8;
/** Webhooks that may be outstanding before writers wait: as much as the receivers can bear. */
const BACKLOG = 150;

/** What a writer does next, and how often of the whole. */
const WEIGHTS = {
  addMessage: 50,
  updateMessage: 10,
  removeMessage: 4,
  addParticipant: 10,
  updateParticipant: 8,
  removeParticipant: 4,
  renameConversation: 4,
  addConductor: 2,
  removeConductor: 2,
  liveThroughConversation: 4,
  placeCall: 2,
};
type Work = keyof typeof WEIGHTS;

/** The server is gone, or goes: whoever works on it has nothing more to do. */
class Gone extends Error {}

/** Many writers at once, over several conversations, until the server is gone. */
export class Load {
  /** Called in the turn in which an acknowledgement was read to its end. */
  onAcknowledged: () => void = () => undefined;
  readonly #api: Api;
  readonly #ledger: Ledger;
  readonly #receivers: Receivers;
  readonly #setting: Setting;
  readonly #phones: Phones;
  #isOver = false;

  constructor(options: {
    readonly api: Api;
    readonly ledger: Ledger;
    readonly receivers: Receivers;
    readonly setting: Setting;
    readonly phones: Phones;
  }) {
    this.#api = options.api;
    this.#ledger = options.ledger;
    this.#receivers = options.receivers;
    this.#setting = options.setting;
    this.#phones = options.phones;
  }

  /** Works until the server is gone. @throws Error for an answer that is neither yes nor the server's leaving */
  async run(random: Random): Promise<void> {
    const writers = Array.from({ length: WRITERS }, (_, index) =>
      this.#write(random.fork(`writer ${index}`)),
    );
    await Promise.all(writers);
  }

  /** Makes the conversations that all work on, and says who hears of what. */
  async prepare(): Promise<void> {
    const { places, idle } = this.#setting;
    await this.#set('/v1/Configuration/Webhooks', {
      PostWebhookUrl: this.#receivers.at('steady'),
      Filters: allEvents,
    });
    await this.#set('/IncomingPhoneNumbers.json', { PhoneNumber: OURS });
    for (const place of places) {
      const { thing, conductor } = place;
      await this.#make(thing);
      for (const receiver of ['failing', 'slow'] as const) {
        await this.#set(`/v1/Conversations/${thing.sid}/Webhooks`, {
          Target: 'webhook',
          'Configuration.Url': this.#receivers.at(receiver),
          'Configuration.Filters': scopedEvents[receiver],
        });
      }
      await this.#make(conductor, place === places[0] ? { ProxyAddress: OURS } : {});
      idle.push(thing);
    }
  }

  async #set(path: string, form: Form): Promise<void> {
    const { status, body } = await this.#request('POST', path, form);
    this.#check(status, body);
  }

  /** No new requests: the server is dead. */
  stop(): void {
    this.#isOver = true;
  }

  async #write(random: Random): Promise<void> {
    try {
      while (!this.#isOver) {
        while (!this.#isOver && this.#receivers.outstanding > BACKLOG) await this.#receivers.more();
        await this.#work(random.weighed(WEIGHTS), random);
      }
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
    }
  }

  async #work(work: Work, random: Random): Promise<void> {
    const place = random.pick(this.#setting.places);
    switch (work) {
      case 'addMessage':
        return this.#add(place.thing, 'message', place.messages);
      case 'addParticipant':
        return this.#add(place.thing, 'participant', place.participants);
      case 'addConductor':
        return this.#add(place.thing, 'conductor', place.conductors);
      case 'updateMessage':
        return this.#take(place.messages, random, (thing) => this.#update(thing));
      case 'updateParticipant':
        return this.#take(place.participants, random, (thing) => this.#update(thing));
      case 'removeMessage':
        return this.#take(place.messages, random, (thing) => this.#remove(thing));
      case 'removeParticipant':
        return this.#take(place.participants, random, (thing) => this.#remove(thing));
      case 'removeConductor':
        return this.#take(place.conductors, random, (thing) => this.#remove(thing));
      case 'renameConversation':
        return this.#take(this.#setting.idle, random, (thing) => this.#update(thing));
      case 'liveThroughConversation':
        return this.#liveThrough(random);
      case 'placeCall':
        return this.#placeCall(random);
      default:
        return work satisfies never;
    }
  }

  /** Takes one that nobody else works on; it comes back if what was done to it is known. */
  async #take(
    idle: Thing[],
    random: Random,
    work: (thing: Thing) => Promise<boolean>,
  ): Promise<void> {
    const [thing] = idle.splice(random.between(0, idle.length - 1), 1);
    if (thing !== undefined && (await work(thing))) idle.push(thing);
  }

  async #add(conversation: Thing, kind: Kind, idle?: Thing[]): Promise<void> {
    const thing = this.#ledger.thing(kind, conversation);
    await this.#make(thing);
    idle?.push(thing);
  }

  async #make(thing: Thing, more: Form = {}): Promise<void> {
    const mark = this.#ledger.mark();
    const change = { mark, events: [`on${titles[thing.kind]}Added ${mark}`], removes: false };
    const form = { ...formOf(thing.kind, mark), ...more };
    const body = await this.#ask(thing, change, 'POST', pathOf(thing), form);
    thing.sid = body.sid;
    thing.index = body.index;
  }

  async #update(thing: Thing, more: Form = {}): Promise<boolean> {
    const mark = this.#ledger.mark();
    const events = [`on${titles[thing.kind]}Updated ${mark}`];
    if (more['State'] === 'closed') events.push('onConversationStateUpdated closed');
    const form = { ...formOf(thing.kind, mark), ...more };
    await this.#ask(thing, { mark, events, removes: false }, 'POST', pathOf(thing), form);
    return true;
  }

  async #remove(thing: Thing): Promise<boolean> {
    const event = `on${titles[thing.kind]}Removed`;
    const events = [thing.kind === 'conversation' ? event : `${event} ${thing.sid}`];
    const change = { mark: this.#ledger.mark(), events, removes: true };
    await this.#ask(thing, change, 'DELETE', pathOf(thing));
    return false;
  }

  /** A conversation of one writer's own, from its making to its end. */
  async #liveThrough(random: Random): Promise<void> {
    const conversation = this.#ledger.thing('conversation');
    await this.#make(conversation);
    for (let left = random.between(0, 3); left > 0; left -= 1) {
      await this.#add(conversation, random.pick(['message', 'participant']));
    }
    const end = random.pick(['stays', 'closes', 'goes']);
    if (end === 'closes') await this.#update(conversation, { State: 'closed' });
    if (end === 'goes') await this.#remove(conversation);
  }

  async #placeCall(random: Random): Promise<void> {
    const { conductor } = random.pick(this.#setting.places);
    const placed = this.#phones.place(this.#ledger.mark(), random);
    if (placed === undefined || conductor.sid === undefined) return;
    const { status, body } = await this.#request('POST', '/Calls.json', {
      From: `client:${placed.mark}`,
      To: placed.to,
      ConductorSid: conductor.sid,
      StatusCallback: this.#receivers.at('failing'),
      StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
    });
    this.#check(status, body);
    placed.sid = body.sid;
    this.#ledger.counts.acknowledged += 1;
    this.onAcknowledged();
  }

  async #ask(
    thing: Thing,
    change: Pick<Change, 'mark' | 'events' | 'removes'>,
    method: string,
    path: string,
    form?: Form,
  ): Promise<Json> {
    const asked = this.#ledger.asks(thing, change);
    try {
      const { status, body } = await this.#request(method, path, form);
      if (status >= 300) this.#ledger.settle(asked, 'refused');
      this.#check(status, body);
      this.#ledger.settle(asked, 'acknowledged');
      const subject = thing.conversation?.sid ?? body.sid ?? thing.sid;
      for (const event of change.events) {
        for (const receiver of listenersOf(this.#setting, thing.conversation ?? thing, event)) {
          this.#receivers.expect(receiver, subject, event);
        }
      }
      this.onAcknowledged();
      return body;
    } catch (error) {
      if (asked.outcome === 'unanswered') this.#ledger.settle(asked, 'unanswered');
      throw error;
    }
  }

  async #request(
    method: string,
    path: string,
    form?: Form,
  ): Promise<{ status: number; body: Json }> {
    if (this.#isOver) throw new Gone();
    try {
      return await this.#api.ask(method, path, form);
    } catch (error) {
      if (error instanceof Unanswered) throw new Gone('unanswered', { cause: error });
      throw error;
    }
  }

  /** A server that stops says so; it refuses nothing else of what is asked here. */
  #check(status: number, body: Json): void {
    if (status < 300) return;
    if (status === 503) throw new Gone('503');
    throw new Error(`refused with ${status}: ${JSON.stringify(body)}`);
  }
}

const titles = {
  conversation: 'Conversation',
  message: 'Message',
  participant: 'Participant',
  conductor: 'Conductor',
} as const;

/** Of the thing, or of its collection while it has no SID. */
export function pathOf({ kind, conversation, sid }: Thing): string {
  const collection = kind === 'conversation' ? '' : `/${conversation?.sid}/${titles[kind]}s`;
  return `/v1/Conversations${collection}${sid === undefined ? '' : `/${sid}`}`;
}

function formOf(kind: Kind, mark: string): Form {
  switch (kind) {
    case 'message':
      return { Body: mark };
    case 'participant':
      return { Identity: mark, Attributes: JSON.stringify({ mark }) };
    case 'conversation':
    case 'conductor':
      return { FriendlyName: mark };
    default:
      return kind satisfies never;
  }
}
