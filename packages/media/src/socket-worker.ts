import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { PacketRing } from './packet-ring.ts';
import { offsetMs, realClock } from './real-clock.ts';
import { readAddress, writeAddress } from './thread-socket.ts';

/** What the thread is begun with. */
export interface SocketWorkerData {
  readonly received: SharedArrayBuffer;
  readonly toSend: SharedArrayBuffer;
  /** Of the thread in whose time arrivals are told. */
  readonly offsetMs: number;
}

export type SocketTask =
  | {
      /** A socket at an even port, and another, of the next id, at the port after it. */
      readonly kind: 'bind';
      readonly id: number;
      readonly host: string;
      /** 0: one the system gives. */
      readonly port: number;
    }
  | { readonly kind: 'close'; readonly id: number };

/** A task and the number its answer carries. Null: there is something to send. */
export type SocketOrder = { readonly number: number; readonly task: SocketTask } | null;

/** Answers to a task; a failure of a socket is told unasked. */
export type SocketNews =
  | { readonly kind: 'bound'; readonly number: number; readonly port: number }
  | {
      readonly kind: 'refused';
      readonly number: number;
      readonly error: Error;
      /** Errors lose it on their way between threads. */
      readonly code: string | undefined;
    }
  | { readonly kind: 'closed'; readonly number: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: Error };

/** Tries at an even port from the system before giving up. */
const EPHEMERAL_TRIES = 64;
const TAKEN = 'EADDRINUSE';
/** Packets in rotation: one that waits in a busy socket is not overwritten by the next. */
const PACKETS = 4;

// The thread that `socket-thread.ts` begins.
const data = workerData as SocketWorkerData;
const received = new PacketRing(data.received);
const toSend = new PacketRing(data.toSend);
const toAskerMs = offsetMs() - data.offsetMs;
const sockets = new Map<number, WorkerSocket>();

/** A socket, whom it sends to, and whom it heard last. */
class WorkerSocket {
  readonly socket: Socket;
  readonly #id: number;
  readonly #packets: Buffer[] = Array.from({ length: PACKETS }, () => Buffer.alloc(0));
  #turn = 0;
  #targetAddress = '';
  #targetPort = 0;
  #sourceAddress = '';
  #sourcePort = 0;

  constructor(id: number, host: string) {
    this.#id = id;
    // Addresses are resolved before they get here: answering at once spares a look-up per packet.
    const family = isIPv6(host) ? 6 : 4;
    this.socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      lookup: (hostname, _options, callback) => callback(null, hostname, family),
    });
    this.socket.on('message', (bytes, source) => this.#receive(bytes, source));
  }

  aim(content: Buffer): void {
    ({ address: this.#targetAddress, port: this.#targetPort } = readAddress(content));
  }

  /** A packet the network refuses is lost, as on the way. */
  send(content: Buffer): void {
    this.#turn = (this.#turn + 1) % PACKETS;
    let packet = this.#packets[this.#turn];
    if (packet?.length !== content.length) {
      packet = Buffer.allocUnsafeSlow(content.length);
      this.#packets[this.#turn] = packet;
    }
    packet.set(content);
    this.socket.send(packet, this.#targetPort, this.#targetAddress);
  }

  #receive(bytes: Buffer, { address, port }: RemoteInfo): void {
    if (port !== this.#sourcePort || address !== this.#sourceAddress) {
      if (!received.write('address', this.#id, writeAddress(port, address))) return;
      this.#sourcePort = port;
      this.#sourceAddress = address;
    }
    received.write('packet', this.#id, bytes, realClock.now() + toAskerMs);
  }
}

parentPort?.on('message', (order: SocketOrder) => {
  sendAll(); // First: a socket that is to be closed may have a last word.
  if (order !== null) carryOut(order.number, order.task);
});

function sendAll(): void {
  while (toSend.read()) {
    const socket = sockets.get(toSend.socketId);
    if (toSend.kind === 'packet') socket?.send(toSend.content);
    else socket?.aim(toSend.content);
  }
}

function carryOut(number: number, task: SocketTask): void {
  if (task.kind === 'close') {
    void close(task.id).then(() => tell({ kind: 'closed', number }));
    return;
  }
  bindPair(task).then(
    (port) => tell({ kind: 'bound', number, port }),
    (error: NodeJS.ErrnoException) => tell({ kind: 'refused', number, error, code: error.code }),
  );
}

async function bindPair({ id, host, port }: SocketTask & { kind: 'bind' }): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const bound = await bind(id, host, port);
    try {
      if (bound % 2 !== 0) throw taken();
      await bind(id + 1, host, bound + 1);
      return bound;
    } catch (error) {
      await close(id);
      const isTaken = (error as NodeJS.ErrnoException).code === TAKEN;
      if (!isTaken || port !== 0 || tries === EPHEMERAL_TRIES) throw error;
    }
  }
}

/** An odd port is of no more use than one that is taken. */
function taken(): Error {
  return Object.assign(new Error('The system offered an odd port'), { code: TAKEN });
}

/** Resolves with its port. */
function bind(id: number, host: string, port: number): Promise<number> {
  const made = new WorkerSocket(id, host);
  const { socket } = made;
  sockets.set(id, made);
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => {
      sockets.delete(id);
      socket.close(() => reject(error));
    };
    socket.once('error', refuse);
    socket.bind({ port, address: host, exclusive: true }, () => {
      socket.off('error', refuse);
      socket.on('error', (error) => tell({ kind: 'failed', id, error }));
      resolve(socket.address().port);
    });
  });
}

/** Of one that is closed it does nothing. */
function close(id: number): Promise<void> {
  const held = sockets.get(id);
  sockets.delete(id);
  return new Promise((resolve) => {
    if (held === undefined) resolve();
    else held.socket.close(() => resolve());
  });
}

function tell(news: SocketNews): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread has no origin.
  parentPort?.postMessage(news);
}
