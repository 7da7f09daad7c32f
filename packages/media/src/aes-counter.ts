import { createCipheriv } from 'node:crypto';
import type { Cipher } from 'node:crypto';

const BLOCK_BYTES = 16;

/**
 * AES in the counter mode of SRTP, which is its own inverse. RFC 3711 §4.1.1
 *
 * One cipher serves all packets: it encrypts the counters themselves, which costs a third of a
 * cipher made anew for the counter of each packet.
 */
export class AesCounter {
  readonly #cipher: Cipher;
  readonly #salt: Uint8Array;
  #counters = Buffer.alloc(0);

  constructor(key: Uint8Array, salt: Uint8Array) {
    this.#cipher = createCipheriv('aes-128-ecb', key, null);
    this.#cipher.setAutoPadding(false);
    this.#salt = salt;
  }

  /** Turns `bytes` from `start` to `end`, in place. `index` is that of the packet, up to 2^48. */
  apply(bytes: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    const blocks = Math.ceil((end - start) / BLOCK_BYTES);
    if (blocks <= 0) {
      return;
    }
    const keyStream = this.#cipher.update(this.#countersOf(blocks, ssrc, index));
    for (let i = start; i < end; i += 1) {
      bytes[i] = (bytes[i] ?? 0) ^ (keyStream[i - start] ?? 0);
    }
  }

  // IV = (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16); the last 16 bits count blocks.
  #countersOf(blocks: number, ssrc: number, index: number): Buffer {
    const size = blocks * BLOCK_BYTES;
    if (this.#counters.length < size) {
      this.#counters = Buffer.alloc(size);
      for (let block = 0; block < blocks; block += 1) {
        this.#counters.set(this.#salt, block * BLOCK_BYTES);
        this.#counters.writeUInt16BE(block, block * BLOCK_BYTES + 14);
      }
    }
    const counters = this.#counters;
    const salt = this.#salt;
    const high = Math.floor(index / 2 ** 16);
    for (let at = 0; at < size; at += BLOCK_BYTES) {
      counters[at + 4] = (salt[4] ?? 0) ^ (ssrc >>> 24);
      counters[at + 5] = (salt[5] ?? 0) ^ (ssrc >>> 16);
      counters[at + 6] = (salt[6] ?? 0) ^ (ssrc >>> 8);
      counters[at + 7] = (salt[7] ?? 0) ^ ssrc;
      counters[at + 8] = (salt[8] ?? 0) ^ (high >>> 24);
      counters[at + 9] = (salt[9] ?? 0) ^ (high >>> 16);
      counters[at + 10] = (salt[10] ?? 0) ^ (high >>> 8);
      counters[at + 11] = (salt[11] ?? 0) ^ high;
      counters[at + 12] = (salt[12] ?? 0) ^ ((index & 0xffff) >>> 8);
      counters[at + 13] = (salt[13] ?? 0) ^ index;
    }
    return counters.subarray(0, size);
  }
}
