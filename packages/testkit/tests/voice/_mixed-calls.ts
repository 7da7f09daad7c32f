import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type CallDialog, createAudioOffer, type IncomingCall, SipEndpoint } from '@tutti/sip';
import { createDeferred } from '../../src/deferred.ts';
import type { Random } from '../kill/_random.ts';
import { RawCaller } from './_raw-caller.ts';
import { OURS, twiml, type World } from './_world.ts';

/** How a call comes to its end, and what its row then says; undefined when it never gets a row. */
const KINDS = {
  answered: 'completed',
  hungUp: 'completed',
  putThrough: 'completed',
  putThroughAndLeft: 'completed',
  putThroughToBusy: 'completed',
  conference: 'completed',
  ownRecord: 'completed',
  rejected: 'no-answer',
  abandoned: 'canceled',
  garbled: undefined,
  withoutCodec: undefined,
  unacknowledged: 'failed',
  vanished: 'completed',
  placed: 'completed',
  placedAndRecorded: 'completed',
  placedAndBound: 'completed',
  placedAndEnded: 'completed',
  placedAndRedirected: 'completed',
  busy: 'busy',
  declined: 'busy',
  unanswered: 'no-answer',
  canceled: 'canceled',
  /** Answered and canceled in one moment: either, as the API said. */
  raced: 'completed or canceled',
} as const satisfies Readonly<Record<string, string | undefined>>;

export type Kind = keyof typeof KINDS;

/** How often each comes; those that take a second or a socket of their own less so. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  answered: 4,
  hungUp: 4,
  putThrough: 4,
  putThroughAndLeft: 4,
  putThroughToBusy: 3,
  conference: 4,
  ownRecord: 1,
  rejected: 3,
  abandoned: 3,
  garbled: 2,
  withoutCodec: 2,
  unacknowledged: 1,
  vanished: 1,
  placed: 4,
  placedAndRecorded: 1,
  placedAndBound: 4,
  placedAndEnded: 3,
  placedAndRedirected: 3,
  busy: 3,
  declined: 3,
  unanswered: 1,
  canceled: 3,
  raced: 4,
};

/** Calls that have been made: by what they are told apart in the list of all, and what became of them. */
export interface MadeCall {
  readonly kind: Kind;
  /** `from` of a call to us, or the SID of one that we placed. */
  readonly name: string;
  /** What its row is to say. */
  readonly status: string | undefined;
}

/** The other side of many calls: a caller, a callee, a web server; none of them keeps anything. */
export class MixedCalls implements AsyncDisposable {
  readonly #world: World;
  readonly #conductorSid: string;
  readonly #caller: SipEndpoint;
  readonly #callee: SipEndpoint;
  /** Where all sound goes, unheard. */
  readonly #sink: Socket;
  readonly #raw = new Set<RawCaller>();
  readonly #ringing = new Map<string, (call: IncomingCall) => void>();

  private constructor(
    world: World,
    conductorSid: string,
    peers: { readonly caller: SipEndpoint; readonly callee: SipEndpoint; readonly sink: Socket },
    ringing: Map<string, (call: IncomingCall) => void>,
  ) {
    this.#world = world;
    this.#conductorSid = conductorSid;
    this.#caller = peers.caller;
    this.#callee = peers.callee;
    this.#sink = peers.sink;
    this.#ringing = ringing;
  }

  static async open(world: World, conductorSid: string): Promise<MixedCalls> {
    const sink = createSocket('udp4');
    sink.bind(0, '127.0.0.1');
    await once(sink, 'listening');
    const ringing = new Map<string, (call: IncomingCall) => void>();
    const listen = (onInvite?: (call: IncomingCall) => void): Promise<SipEndpoint> =>
      SipEndpoint.listen({
        host: '127.0.0.1',
        port: 0,
        userAgent: 'mixed',
        closeTimeoutMs: 100,
        ...(onInvite === undefined ? {} : { onInvite }),
      });
    const callee = await listen((call) => {
      const name = call.requestUri.user ?? '';
      const taken = ringing.get(name);
      ringing.delete(name);
      if (taken === undefined) call.reject(404);
      else taken(call);
    });
    return new MixedCalls(world, conductorSid, { caller: await listen(), callee, sink }, ringing);
  }

  /** `count` calls, `width` of them at a time. */
  async run(random: Random, round: string, count: number, width: number): Promise<MadeCall[]> {
    const made: MadeCall[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        next += 1;
        const kind = random.weighed(WEIGHTS);
        const name = `${kind}-${round}-${next}`;
        // oxlint-disable-next-line no-await-in-loop -- one after another is what a worker does
        made.push(await within(20_000, name, this.#make(kind, name, random.between(0, 12))));
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
    return made;
  }

  /** What our number says to a caller; told by the caller's name. */
  document(from: string): string {
    const name = from.replace(/^sip:/, '').split('@')[0] ?? '';
    const kind = name.split('-')[0] as Kind;
    const dial = `<Dial><Sip>${this.#uri(name)}</Sip></Dial>`;
    const documents: Partial<Record<Kind, string>> = {
      answered: '<Play digits="1"/>',
      putThrough: dial,
      putThroughAndLeft: dial,
      putThroughToBusy: dial,
      // Few rooms, so that several meet in one.
      conference: `<Dial><Conference>room ${name.length % 3}${name.at(-1) ?? ''}</Conference></Dial>`,
      ownRecord: '<Record maxLength="1" timeout="0" playBeep="false"/>',
      rejected: '<Reject/>',
      abandoned: '<Pause length="600"/>',
    };
    return twiml(documents[kind] ?? '<Gather timeout="600" numDigits="1"/>');
  }

  /** Those who crashed are cleared away too. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#raw].map((each) => each[Symbol.asyncDispose]()));
    await Promise.all([this.#caller.close(), this.#callee.close()]);
    this.#sink.close();
  }

  async #make(kind: Kind, name: string, turns: number): Promise<MadeCall> {
    if (kind === 'raced') return { kind, ...(await this.#race(name, turns)) };
    return { kind, name: await this.#one(kind, name), status: KINDS[kind] };
  }

  /** Cancels while the answer is on its way: they are `turns` of the event loop apart. */
  async #race(name: string, turns: number): Promise<{ name: string; status: string }> {
    const rings = this.#rings(name);
    const { sid } = await this.#order(name);
    const call = await rings;
    const answering = call.answer(this.#sdp()).catch(() => undefined);
    for (let turn = 0; turn < turns; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after another is what turns are
      await new Promise(setImmediate);
    }
    const { status } = await this.#world.update(sid, { Status: 'canceled' });
    const dialog = await answering;
    if (status === 'in-progress') await dialog?.bye();
    else await dialog?.ended;
    return { name: sid, status: status === 'in-progress' ? 'completed' : 'canceled' };
  }

  async #one(kind: Exclude<Kind, 'raced'>, name: string): Promise<string> {
    switch (kind) {
      case 'answered':
      case 'ownRecord':
        await (
          await this.#dial(name)
        ).ended;
        return this.#from(name);
      case 'hungUp':
      case 'conference':
        await (await this.#dial(name)).bye();
        return this.#from(name);
      case 'putThrough':
      case 'putThroughAndLeft': {
        const callee = this.#rings(name).then((call) => call.answer(this.#sdp()));
        const caller = await this.#dial(name);
        const called = await callee;
        await (kind === 'putThrough' ? called : caller).bye();
        await Promise.all([called.ended, caller.ended]);
        return this.#from(name);
      }
      case 'putThroughToBusy': {
        void this.#rings(name).then((call) => call.reject(486));
        await (
          await this.#dial(name)
        ).ended;
        return this.#from(name);
      }
      case 'rejected':
      case 'garbled':
      case 'withoutCodec': {
        const sdp = {
          rejected: this.#sdp(),
          garbled: 'v=0\r\nm=audio x\r\n',
          withoutCodec: this.#sdp().replaceAll(/RTP\/AVP .*/g, 'RTP/AVP 18'),
        }[kind];
        const { kind: outcome } = await this.#invite(name, sdp).result;
        if (outcome !== 'refused') throw new Error(`${name} was ${outcome}`);
        return this.#from(name);
      }
      case 'abandoned': {
        const ringing = createDeferred<void>();
        const call = this.#invite(name, this.#sdp(), () => ringing.resolve(undefined));
        await ringing.promise;
        call.cancel();
        await call.result;
        return this.#from(name);
      }
      case 'unacknowledged':
      case 'vanished': {
        const raw = await RawCaller.open({
          server: this.#world.tutti.sip,
          to: OURS,
          from: name,
          callId: name,
        });
        this.#raw.add(raw);
        raw.invite(this.#sdp('sendrecv'));
        const ok = await raw.heard('SIP/2.0 200');
        if (kind === 'vanished') raw.ack(ok);
        await raw[Symbol.asyncDispose]();
        this.#raw.delete(raw);
        return this.#from(name);
      }
      case 'placed':
      case 'placedAndBound':
      case 'placedAndRecorded': {
        const { sid, dialog } = await this.#place(name, {
          ...(kind === 'placedAndBound' ? { ConductorSid: this.#conductorSid } : {}),
          ...(kind === 'placedAndRecorded' ? { Record: 'true' } : {}),
        });
        await this.#world.becomes(sid, 'in-progress');
        await dialog.bye();
        return sid;
      }
      case 'placedAndEnded':
      case 'placedAndRedirected': {
        const { sid, dialog } = await this.#place(name);
        await this.#world.becomes(sid, 'in-progress');
        await this.#world.update(
          sid,
          kind === 'placedAndEnded' ? { Status: 'completed' } : { Twiml: twiml('<Hangup/>') },
        );
        await dialog.ended;
        return sid;
      }
      case 'busy':
      case 'declined': {
        const rings = this.#rings(name);
        const { sid } = await this.#order(name);
        (await rings).reject(kind === 'busy' ? 486 : 603);
        return sid;
      }
      case 'unanswered':
      case 'canceled': {
        const rings = this.#rings(name);
        const { sid } = await this.#order(name, kind === 'unanswered' ? { Timeout: '1' } : {});
        const call = await rings;
        call.ring();
        const gone = once(call.signal, 'abort');
        if (kind === 'canceled') await this.#world.update(sid, { Status: 'canceled' });
        if (!call.signal.aborted) await gone;
        return sid;
      }
    }
  }

  #from(name: string): string {
    return `sip:${name}@127.0.0.1`;
  }

  #uri(name: string): string {
    return `sip:${name}@127.0.0.1:${this.#callee.port}`;
  }

  /** Who only listens is not missed when nothing is heard of him. */
  #sdp(direction: 'recvonly' | 'sendrecv' = 'recvonly'): string {
    const { port } = this.#sink.address();
    return createAudioOffer({ host: '127.0.0.1', port, codecs: ['PCMU'], sessionId: 1, direction });
  }

  #invite(name: string, sdp: string, onProvisional: () => void = () => undefined) {
    return this.#caller.invite({
      uri: this.#world.tutti.sip.replace('sip:', `sip:${OURS}@`),
      from: this.#from(name),
      sdp,
      onProvisional,
    });
  }

  async #dial(name: string): Promise<CallDialog> {
    const outcome = await this.#invite(name, this.#sdp()).result;
    if (outcome.kind !== 'answered') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
    return outcome.dialog;
  }

  /** Resolves with the call to `name`. */
  #rings(name: string): Promise<IncomingCall> {
    return new Promise((resolve) => this.#ringing.set(name, resolve));
  }

  #order(name: string, form: Readonly<Record<string, string>> = {}): Promise<{ sid: string }> {
    const document = form['ConductorSid'] === undefined ? { Twiml: this.document('') } : {};
    return this.#world.place({ To: this.#uri(name), ...document, ...form });
  }

  async #place(
    name: string,
    form: Readonly<Record<string, string>> = {},
  ): Promise<{ sid: string; dialog: CallDialog }> {
    const answered = this.#rings(name).then((call) => call.answer(this.#sdp()));
    const { sid } = await this.#order(name, form);
    return { sid, dialog: await answered };
  }
}

/** A call that hangs is to say which it is. */
async function within<T>(ms: number, name: string, task: Promise<T>): Promise<T> {
  const late = createDeferred<never>();
  const timer = setTimeout(() => late.reject(new Error(`${name} hangs`)), ms);
  try {
    return await Promise.race([task, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
