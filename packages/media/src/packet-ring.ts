//   0       4       8       12      16
//  +-------+-------+-------+-------+----------------+
//  | kind, | socket| arrived at    | bytes, padded  |
//  | length|       | (float64)     | to 8           |
//  +-------+-------+-------+-------+----------------+
// Records follow one another; one that does not fit before the end begins at 0 again.

/** What a record of a {@link PacketRing} carries. */
export type RecordKind =
  /** A datagram, to or from the address of the last `address` record of its socket. */
  | 'packet'
  /** Where the packets of this socket come from, or go to, from now on: a UDP port and an address. */
  | 'address';

const KINDS = ['packet', 'address'] as const;
const WRAPPED = -1;
const HEAD_BYTES = 16;
/** Room for the two positions and the count of drops, each in a cache line of its own. */
const CONTROL_BYTES = 192;
const WRITTEN = 0;
const READ = 16;
const DROPPED = 32;
/** Datagrams up to this length, which those of sound keep well below, are read without a new view. */
const VIEWED_BYTES = 2048;
const MAX_DATAGRAM_BYTES = 65_536;

/**
 * Packets from one thread to one other, in shared memory: one writes, one reads, and neither ever waits.
 */
export class PacketRing {
  readonly memory: SharedArrayBuffer;
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #times: Float64Array;
  readonly #scratch = new ArrayBuffer(MAX_DATAGRAM_BYTES);
  readonly #scratchWords = new Int32Array(this.#scratch);
  /** Of the scratch, by length. */
  readonly #views: Buffer[] = [];
  /** Of the record that was read last. */
  kind: RecordKind = 'packet';
  socketId = 0;
  readonly #readAtMs = new Float64Array([Number.NaN]);
  /** Overwritten by the next read. */
  content: Buffer = Buffer.alloc(0);

  /** @param memory of the ring whose other end this is, or how many bytes a new one has: a multiple of 8. */
  constructor(memory: SharedArrayBuffer | number) {
    this.memory =
      typeof memory === 'number' ? new SharedArrayBuffer(CONTROL_BYTES + memory) : memory;
    this.#control = new Int32Array(this.memory, 0, CONTROL_BYTES / 4);
    this.#words = new Int32Array(this.memory, CONTROL_BYTES);
    this.#bytes = new Uint8Array(this.memory, CONTROL_BYTES);
    this.#times = new Float64Array(this.memory, CONTROL_BYTES);
  }

  /** When the record that was read last came, as the writer gave it. */
  get atMs(): number {
    return this.#readAtMs[0] ?? Number.NaN;
  }

  /** Records that found no room, since the start. */
  get dropped(): number {
    return Atomics.load(this.#control, DROPPED);
  }

  /** False: there is no room, which is counted. */
  write(kind: RecordKind, socketId: number, content: Uint8Array, atMs = 0): boolean {
    const length = content.length;
    const size = HEAD_BYTES + ((length + 7) & ~7);
    const at = this.#place(size);
    if (at < 0) {
      Atomics.add(this.#control, DROPPED, 1);
      return false;
    }
    this.#words[at >> 2] = (KINDS.indexOf(kind) << 24) | length;
    this.#words[(at >> 2) + 1] = socketId;
    this.#times[(at >> 3) + 1] = atMs;
    this.#bytes.set(content, at + HEAD_BYTES);
    Atomics.store(this.#control, WRITTEN, at + size);
    return true;
  }

  /** Takes the next record into the fields of this ring. False: all has been read. */
  read(): boolean {
    let at = Atomics.load(this.#control, READ);
    if (at === Atomics.load(this.#control, WRITTEN)) return false;
    const words = this.#words;
    if (words[at >> 2] === WRAPPED) at = 0;
    const word = at >> 2;
    const head = words[word] ?? 0;
    const length = head & 0xff_ff_ff;
    this.kind = KINDS[head >> 24] ?? 'packet';
    this.socketId = words[word + 1] ?? 0;
    this.#readAtMs[0] = this.#times[(at >> 3) + 1] ?? 0;
    const start = word + HEAD_BYTES / 4;
    const count = (length + 3) >> 2;
    for (let i = 0; i < count; i += 1) this.#scratchWords[i] = words[start + i] ?? 0;
    this.content = this.#view(length);
    Atomics.store(this.#control, READ, at + HEAD_BYTES + ((length + 7) & ~7));
    return true;
  }

  /** Where so many bytes have room; below 0 nowhere. Written and read are equal only when all has been read. */
  #place(size: number): number {
    const written = this.#control[WRITTEN] ?? 0;
    const read = Atomics.load(this.#control, READ);
    if (written < read) return written + size < read ? written : -1;
    // Eight bytes stay for the mark that sends the reader back to the start.
    const fits = written + size < this.#bytes.length;
    if (fits) return written;
    if (size >= read) return -1;
    this.#words[written >> 2] = WRAPPED;
    return 0;
  }

  #view(length: number): Buffer {
    if (length > VIEWED_BYTES) return Buffer.from(this.#scratch, 0, length);
    return (this.#views[length] ??= Buffer.from(this.#scratch, 0, length));
  }
}
