import { MAX_BODY_BYTES, MAX_HEADER_BYTES } from '../message/parse-message.ts';

/** What came out of a stream. After `broken` the stream cannot be understood any more. */
export type Frame =
  | { readonly type: 'message'; readonly bytes: Buffer }
  | { readonly type: 'ping' }
  /** A single CRLF, which answers a ping; some peers also write it after each message. */
  | { readonly type: 'pong' }
  | { readonly type: 'broken'; readonly reason: string };

const CRLF_CRLF = Buffer.from('\r\n\r\n');
const CR = 0x0d;
const LF = 0x0a;
const EMPTY = Buffer.alloc(0);

/** Cuts a TCP stream into messages by Content-Length: RFC 3261 §18.3. */
export class StreamFramer {
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes the whole next message needs, once its headers have been seen. */
  #wanted = 0;

  /** True while part of a message is held. */
  get partial(): boolean {
    return this.#size > 0;
  }

  push(chunk: Buffer): readonly Frame[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // A large body in small segments is joined once, not at every segment.
    if (this.#size < this.#wanted) return [];
    const frames: Frame[] = [];
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#size);
    this.#wanted = 0;
    for (;;) {
      rest = skipBlankLines(rest, frames);
      const cut = rest.length === 0 ? 0 : this.#cut(rest, frames);
      if (cut === 0) break;
      if (cut === -1) {
        rest = EMPTY;
        break;
      }
      frames.push({ type: 'message', bytes: rest.subarray(0, cut) });
      rest = rest.subarray(cut);
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    return frames;
  }

  /** The length of the message `rest` begins with; 0 while incomplete, -1 when broken. */
  #cut(rest: Buffer, frames: Frame[]): number {
    const end = rest.indexOf(CRLF_CRLF);
    if (end > MAX_HEADER_BYTES || (end === -1 && rest.length > MAX_HEADER_BYTES)) {
      return broken(frames, 'Headers over 16 KiB');
    }
    if (end === -1) return 0;
    const length = contentLength(rest.toString('latin1', 0, end));
    if (length === undefined) return broken(frames, 'No usable Content-Length on a stream');
    if (length > MAX_BODY_BYTES) return broken(frames, 'Body over 64 KiB');
    const total = end + CRLF_CRLF.length + length;
    if (total <= rest.length) return total;
    this.#wanted = total;
    return 0;
  }
}

// CRLF between messages is keep-alive; a double one asks for a single one back: RFC 5626 §3.5.1.
function skipBlankLines(bytes: Buffer, frames: Frame[]): Buffer {
  let at = 0;
  while (bytes[at] === CR && bytes[at + 1] === LF) {
    const double = bytes[at + 2] === CR && bytes[at + 3] === LF;
    frames.push({ type: double ? 'ping' : 'pong' });
    at += double ? 4 : 2;
  }
  return bytes.subarray(at);
}

function contentLength(head: string): number | undefined {
  let at = head.indexOf('\r\n');
  while (at !== -1) {
    const next = head.indexOf('\r\n', at + 2);
    const first = head.charAt(at + 2);
    if (first === 'C' || first === 'c' || first === 'l' || first === 'L') {
      const line = head.slice(at + 2, next === -1 ? head.length : next);
      const match = /^(?:content-length|l)\s*:\s*(\d{1,9})\s*$/i.exec(line);
      if (match !== null) return Number(match[1]);
    }
    at = next;
  }
  return undefined;
}

function broken(frames: Frame[], reason: string): -1 {
  frames.push({ type: 'broken', reason });
  return -1;
}
