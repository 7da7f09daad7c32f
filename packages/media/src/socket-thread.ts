import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { ErrorReporter } from './listeners.ts';
import { MediaError } from './media-error.ts';
import { PacketRing } from './packet-ring.ts';
import type { RecordKind } from './packet-ring.ts';
import { offsetMs } from './real-clock.ts';
import type { SocketNews, SocketOrder, SocketTask, SocketWorkerData } from './socket-worker.ts';
import { ThreadSocket } from './thread-socket.ts';
import type { PacketCarrier } from './thread-socket.ts';

/** Each way: 200 ms of 1,000 legs. Touched, and so resident, only as packets pass. */
const RING_BYTES = 2 ** 21;
/** Ticks between two reports of packets that found no room: 10 s. */
const REPORT_TICKS = 500;
/** Spares 25 MiB where 500 legs are carried, and measures no worse. */
const YOUNG_GENERATION_MB = 2;

/** Options of a {@link SocketThread}. */
export interface SocketThreadOptions {
  /** Told when the thread ends. */
  readonly onError: ErrorReporter;
  /** Told how many packets, both ways, found no room between the threads since it was last told; at most every 10 s. */
  readonly onOverrun: (packets: number) => void;
  /** What the thread runs; default what this package has for that. */
  readonly threadFile?: string | undefined;
}

/** The thread ended before it answered. */
const ENDED = { kind: 'ended' } as const;
type Answer = Exclude<SocketNews, { kind: 'failed' }> | typeof ENDED;

/**
 * A thread that owns UDP sockets. What they receive waits until it is asked for; what is sent in one turn of the event
 * loop is handed over together.
 *
 * Should the thread end, which it never does by itself, another takes its place and opens its sockets again. When that one
 * ends before it has opened any, the sockets are lost.
 */
export class SocketThread implements PacketCarrier {
  readonly #options: SocketThreadOptions;
  readonly #received = new PacketRing(RING_BYTES);
  readonly #toSend = new PacketRing(RING_BYTES);
  readonly #sockets = new Map<number, ThreadSocket>();
  readonly #answers = new Map<number, (answer: Answer) => void>();
  /** Undefined: it has ended for good. */
  #worker: Worker | undefined;
  #lastId = 0;
  #isClosed = false;
  #isReceiving = false;
  #isHandingOver = false;
  #droppedReported = 0;
  #ticksToReport = 0;

  constructor(options: SocketThreadOptions) {
    this.#options = options;
    this.#worker = this.#begin();
  }

  get hasEnded(): boolean {
    return this.#worker === undefined;
  }

  /** Sockets, and what is under way with them. */
  get load(): number {
    return this.#sockets.size + this.#answers.size;
  }

  /** Packets, both ways, that found no room between the threads. */
  get dropped(): number {
    return this.#received.dropped + this.#toSend.dropped;
  }

  /**
   * A socket at an even port, 0 for one that the system gives, and one at the port after it. Undefined: no such pair is free.
   *
   * @throws MediaError `BIND_FAILED`, or `CLOSED` when the thread is closed meanwhile.
   */
  async bindPair(
    host: string,
    port: number,
  ): Promise<readonly [ThreadSocket, ThreadSocket] | undefined> {
    const id = this.#lastId + 1;
    this.#lastId += 2;
    const pair = [new ThreadSocket(this, id, host), new ThreadSocket(this, id + 1, host)] as const;
    // Before they are open: they may have heard somebody by the time that is known here.
    for (const socket of pair) this.#sockets.set(socket.id, socket);
    const answer = await this.#ask({ kind: 'bind', id, host, port });
    if (answer.kind === 'bound' && !this.#isClosed) {
      pair[0].opened(answer.port);
      pair[1].opened(answer.port + 1);
      return pair;
    }
    for (const socket of pair) this.#sockets.delete(socket.id);
    this.#holdProcess();
    if (this.#isClosed) throw new MediaError('CLOSED', 'The media engine is closed');
    if (answer.kind === 'refused' && answer.code === 'EADDRINUSE') return undefined;
    throw new MediaError('BIND_FAILED', `Cannot bind a UDP port on ${host}`, {
      cause: answer.kind === 'refused' ? answer.error : new Error('The thread of sockets ended'),
    });
  }

  receive(): void {
    // A listener that asks for statistics gets here within its own packet.
    if (this.#isReceiving) return;
    this.#isReceiving = true;
    const ring = this.#received;
    try {
      while (ring.read()) this.#sockets.get(ring.socketId)?.take(ring);
    } finally {
      this.#isReceiving = false;
    }
  }

  /** Once per tick: receives, and tells of packets that found no room since it last did. */
  tick(): void {
    this.receive();
    this.#ticksToReport -= 1;
    const dropped = this.dropped - this.#droppedReported;
    if (dropped === 0 || this.#ticksToReport > 0) return;
    this.#ticksToReport = REPORT_TICKS;
    this.#droppedReported += dropped;
    this.#options.onOverrun(dropped);
  }

  put(kind: RecordKind, socketId: number, content: Uint8Array): boolean {
    if (!this.#isHandingOver) this.#handOver();
    return this.#toSend.write(kind, socketId, content);
  }

  /** Once this turn of the event loop is over. Apart from `put`, which is spared to make a scope for each packet. */
  #handOver(): void {
    this.#isHandingOver = true;
    queueMicrotask(() => {
      this.#isHandingOver = false;
      this.#order(null);
    });
  }

  async closeSocket(socketId: number): Promise<void> {
    this.#sockets.delete(socketId);
    await this.#ask({ kind: 'close', id: socketId });
  }

  /** Ends the thread, and with it its sockets. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#answerAll();
  }

  #begin(): Worker {
    const workerData: SocketWorkerData = {
      received: this.#received.memory,
      toSend: this.#toSend.memory,
      offsetMs: offsetMs(),
    };
    const worker = new Worker(this.#options.threadFile ?? builtWorker(), {
      workerData,
      // What was built needs none of the flags by which sources are run.
      execArgv: [],
      // Nothing of it lives long.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    let hasAnswered = false;
    let cause: unknown;
    worker.unref();
    worker.on('message', (news: SocketNews) => {
      hasAnswered = true;
      this.#hear(news);
    });
    worker.on('error', (error) => {
      cause = error;
    });
    worker.once('exit', () => {
      if (!this.#isClosed) this.#lose(cause, hasAnswered);
    });
    return worker;
  }

  #lose(cause: unknown, isReplaced: boolean): void {
    this.#worker = isReplaced ? this.#begin() : undefined;
    this.#answerAll();
    // One that was being opened is told of by the answer.
    const open = [...this.#sockets.values()].filter((socket) => socket.port > 0);
    const outcome = isReplaced
      ? 'another opens them again, at their ports'
      : 'it had opened none, so that they are lost, and their calls with them';
    this.#options.onError(
      new MediaError('THREAD_ENDED', `The thread of ${open.length} sockets ended: ${outcome}`, {
        cause,
      }),
    );
    for (const socket of open) {
      if (!isReplaced) socket.lost();
      else if (socket.port % 2 === 0) void this.#reopen(socket);
    }
  }

  /** With the one at the port after it. */
  async #reopen(socket: ThreadSocket): Promise<void> {
    const { id, host, port } = socket;
    const answer = await this.#ask({ kind: 'bind', id, host, port });
    if (answer.kind === 'bound') {
      socket.opened(port);
      this.#sockets.get(id + 1)?.opened(port + 1);
    }
    if (answer.kind === 'refused') {
      // Another program was faster.
      socket.takeError(answer.error);
      socket.lost();
    }
  }

  async #ask(task: SocketTask): Promise<Answer> {
    if (this.#worker === undefined) return ENDED;
    const number = (this.#lastId += 1);
    const answer = new Promise<Answer>((resolve) => {
      this.#answers.set(number, resolve);
    });
    this.#holdProcess();
    this.#order({ number, task });
    return answer.finally(() => this.#holdProcess());
  }

  #order(order: SocketOrder): void {
    this.#worker?.postMessage(order);
  }

  #hear(news: SocketNews): void {
    if (news.kind === 'failed') {
      this.#sockets.get(news.id)?.takeError(news.error);
      return;
    }
    this.#answers.get(news.number)?.(news);
    this.#answers.delete(news.number);
  }

  #answerAll(): void {
    for (const answer of this.#answers.values()) answer(ENDED);
    this.#answers.clear();
  }

  /** As sockets do: the process lives while one is open, and may end after that. */
  #holdProcess(): void {
    if (this.load > 0) this.#worker?.ref();
    else this.#worker?.unref();
  }
}

/** Whichever way this code runs, joined into one file or not, the thread runs what was built. */
function builtWorker(): string {
  return createRequire(import.meta.url).resolve('@tutti/media/socket-worker');
}
