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
  | { readonly kind: 'bind'; readonly id: number; readonly host: string; readonly port: number }
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
  const { kind, id } = task;
  if (kind === 'bind') {
    const made = new WorkerSocket(id, task.host);
    sockets.set(id, made);
    bind(made.socket, task, number);
    return;
  }
  const closed = (): void => tell({ kind: 'closed', number });
  const held = sockets.get(id);
  sockets.delete(id);
  if (held === undefined) closed();
  else held.socket.close(closed);
}

function bind(
  socket: Socket,
  { id, host, port }: SocketTask & { kind: 'bind' },
  number: number,
): void {
  const refuse = (error: NodeJS.ErrnoException): void => {
    sockets.delete(id);
    socket.close(() => tell({ kind: 'refused', number, error, code: error.code }));
  };
  socket.once('error', refuse);
  socket.bind({ port, address: host, exclusive: true }, () => {
    socket.off('error', refuse);
    socket.on('error', (error) => tell({ kind: 'failed', id, error }));
    tell({ kind: 'bound', number, port: socket.address().port });
  });
}

function tell(news: SocketNews): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread has no origin.
  parentPort?.postMessage(news);
}
