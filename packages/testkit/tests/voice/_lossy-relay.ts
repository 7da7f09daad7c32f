import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Random } from '../kill/_random.ts';

export interface Impairment {
  readonly random: Random;
  /** Share of packets that never arrive. */
  readonly loss: number;
  /** Share of packets that arrive after the one sent after them. */
  readonly reorder: number;
}

/** A network between two that send each other RTP: it loses packets and has them overtake each other, by a seed. */
export class LossyRelay implements AsyncDisposable {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #toFar: Way;
  readonly #toNear: Way;

  private constructor(near: Socket, far: Socket, impairment: Impairment) {
    this.#near = near;
    this.#far = far;
    this.#toFar = new Way(far, impairment);
    this.#toNear = new Way(near, impairment);
    near.on('message', (bytes) => this.#toFar.pass(bytes));
    far.on('message', (bytes) => this.#toNear.pass(bytes));
  }

  static async open(impairment: Impairment): Promise<LossyRelay> {
    return new LossyRelay(await bound(), await bound(), impairment);
  }

  /** Where the one on the near side sends to. */
  get nearPort(): number {
    return this.#near.address().port;
  }

  /** Where the one on the far side sends to. */
  get farPort(): number {
    return this.#far.address().port;
  }

  /** What was lost on the way to the far side. */
  get lost(): number {
    return this.#toFar.lost;
  }

  /** How many packets arrived there late. */
  get late(): number {
    return this.#toFar.late;
  }

  connect(ports: { readonly near: number; readonly far: number }): void {
    this.#toNear.port = ports.near;
    this.#toFar.port = ports.far;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = [once(this.#near, 'close'), once(this.#far, 'close')];
    this.#near.close();
    this.#far.close();
    await Promise.all(closed);
  }
}

/** One direction. */
class Way {
  port: number | undefined;
  lost = 0;
  late = 0;
  readonly #socket: Socket;
  readonly #impairment: Impairment;
  #held: Uint8Array | undefined;

  constructor(socket: Socket, impairment: Impairment) {
    this.#socket = socket;
    this.#impairment = impairment;
  }

  pass(bytes: Uint8Array): void {
    const { random, loss, reorder } = this.#impairment;
    if (random.chance(loss)) {
      this.lost += 1;
      return;
    }
    if (this.#held === undefined && random.chance(reorder)) {
      this.#held = bytes;
      this.late += 1;
      return;
    }
    this.#send(bytes);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#send(held);
  }

  #send(bytes: Uint8Array): void {
    if (this.port !== undefined) this.#socket.send(bytes, this.port, '127.0.0.1');
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
