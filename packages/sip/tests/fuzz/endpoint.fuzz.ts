import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect } from 'vitest';
import { fuzzSockets } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateBytes } from '../../../../tests/_fuzz/mutate.ts';
import type { Random } from '../../../../tests/_fuzz/random.ts';
import {
  type CallDialog,
  FakeClock,
  type IncomingCall,
  type SipEndpoint,
  type SipMessage,
} from '../../src/index.ts';
import { RawPeer } from '../_raw-peer.ts';
import { listen, rawRequest, SDP } from '../_setup.ts';
import { makeMessage, nasty, words } from './_messages.ts';

let clock: FakeClock;
let endpoint: SipEndpoint;
let peer: RawPeer;
let offered = 0;
/** What nobody but we would end. */
const ringing: IncomingCall[] = [];
const dialogs: CallDialog[] = [];

beforeAll(async () => {
  clock = new FakeClock();
  peer = await RawPeer.open();
  endpoint = await listen({
    clock,
    onInvite: (call) => {
      offered += 1;
      if (offered % 5 === 1 || !leadsHome(call)) call.reject(486);
      else if (offered % 5 === 0) {
        call.ring();
        ringing.push(call);
      } else {
        call.answer(SDP).then((dialog) => dialogs.push(dialog), ignore);
      }
    },
    onRegister: (request) => request.accept(request.contacts),
  });
});
afterAll(async () => {
  await endpoint.close();
  await peer[Symbol.asyncDispose]();
});

/** Whether what we ask in the call goes to this machine: no test sends to strangers. */
function leadsHome({ request }: IncomingCall): boolean {
  const targets = [...request.headers.list('contact'), ...request.headers.list('record-route')];
  return targets.every((target) => /^<?sip:[a-z]*@?127\.0\.0\.1(?::\d+)?>?$/.test(target));
}

function ignore(): void {
  // That there is no ACK is one of the things that happen.
}

function make(random: Random): Buffer {
  const text = random.oneIn(2) ? makeMessage(random) : ordinary(random);
  return mutateBytes(random, Buffer.from(text), { words, others: [random.pick(nasty)] });
}

/** What a phone sends, so that some of it comes to something. */
function ordinary(random: Random): string {
  const method = random.pick(['INVITE', 'INVITE', 'REGISTER', 'ACK', 'BYE', 'CANCEL', 'OPTIONS']);
  const number = random.below(200);
  const lines = rawRequest(method, 'sip:bob@127.0.0.1', {
    port: peer.port,
    callId: `fuzz-${number}`,
    branch: `z9hG4bK${number}${random.maybe('a')}`,
    seq: 1 + random.below(3),
  });
  const body = method === 'INVITE' && random.oneIn(2) ? SDP : '';
  const head = lines.join('\r\n').replace(/Content-Length: 0$/, `Content-Length: ${body.length}`);
  return `${head}\r\n\r\n${body}`;
}

/** Asks; everything before has been dealt with once that is answered. Gives what was sent till then. */
async function answers(method: 'OPTIONS' | 'REGISTER'): Promise<readonly SipMessage[]> {
  const before: SipMessage[] = [];
  const callId = `asked-${(asked += 1)}`;
  peer.send(rawRequest(method, 'sip:127.0.0.1', { port: peer.port, callId }), endpoint.port);
  for (;;) {
    const response = await peer.response(200);
    if (response.headers.get('call-id') === callId) break;
    before.push(response);
  }
  before.push(...peer.received.splice(0));
  return before;
}
let asked = 0;

/** Confirms an answer, so that there is a call. */
function confirm(message: SipMessage, random: Random): void {
  const [callId, to, cseq = ''] = ['call-id', 'to', 'cseq'].map((name) =>
    message.headers.get(name),
  );
  if (message.kind !== 'response' || message.status !== 200 || !cseq.endsWith(' INVITE')) return;
  if (callId === undefined || to === undefined) return;
  const options = { port: peer.port, callId, to, seq: Number.parseInt(cseq, 10) };
  const lines = rawRequest('ACK', 'sip:bob@127.0.0.1', options);
  if (random.oneIn(4))
    peer.send(mutateBytes(random, Buffer.from(lines.join('\r\n'))), endpoint.port);
  else peer.send(lines, endpoint.port);
}

/** Calls are given up, answers repeated for the last time, finished transactions forgotten. */
async function checkIdle(): Promise<void> {
  for (const call of ringing.splice(0)) call.reject(480);
  for (const dialog of dialogs.splice(0)) dialog.bye().catch(ignore);
  await expect
    .poll(
      () => {
        clock.advance(64_000);
        return endpoint.counts;
      },
      { timeout: 20_000 },
    )
    .toEqual({ transactions: 0, dialogs: 0, connections: 0, timers: 0 });
  await answers('OPTIONS');
  await answers('REGISTER');
}

fuzzSockets<Buffer>('An endpoint that is sent datagrams', {
  corpus: nasty.map((text) => Buffer.from(text)),
  make,
  send: async (inputs, random) => {
    let unread = 0;
    for (const bytes of inputs) {
      unread += bytes.length + 1000;
      // What does not fit the buffer of a socket is lost, and so would be what we wait for.
      if (unread > 64_000) {
        await answers('OPTIONS');
        unread = bytes.length;
      }
      peer.send(bytes, endpoint.port);
    }
    for (const message of await answers('OPTIONS')) confirm(message, random);
  },
  check: async () => {
    // What was to be tested has come about.
    expect(dialogs.length).toBeGreaterThan(0);
    await checkIdle();
  },
});

fuzzSockets<Buffer>('An endpoint that is sent streams', {
  corpus: nasty.map((text) => Buffer.from(text)),
  make: (random) => {
    const bytes = make(random);
    return random.oneIn(10) ? Buffer.concat([bytes, Buffer.from('\r\n\r\n'), make(random)]) : bytes;
  },
  // Half of them one after another on the same connection, half on one each.
  send: async (inputs, random) => {
    const shared = await open();
    const own = await Promise.all(inputs.map(async () => (random.oneIn(2) ? open() : shared)));
    for (const [index, bytes] of inputs.entries()) {
      const socket = own[index];
      const cut = random.below(bytes.length + 1);
      socket?.write(bytes.subarray(0, cut));
      socket?.write(bytes.subarray(cut));
    }
    await Promise.all([...new Set([shared, ...own])].map(ended));
  },
  check: checkIdle,
});

async function open(): Promise<Socket> {
  const socket = connect({ port: endpoint.port, host: '127.0.0.1' });
  socket.on('error', ignore);
  socket.resume();
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
  });
  return socket;
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
    socket.end();
  });
}
