import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { mintSid, type Sid, type SidPrefix } from '@tutti/ids';
import { systemClock } from './clock.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Where all unguessable names and all chance come from. Tests pass a counting source. */
export interface Ids {
  sid<P extends SidPrefix>(prefix: P): Sid<P>;
  /** An auth token: 32 hexadecimal digits. */
  secret(): string;
  /** The secret of an API key: 32 letters and digits, as Twilio's, by which it can be told from an auth token. */
  keySecret(): string;
  /** A UUID, sent as `I-Twilio-Idempotency-Token`. */
  uuid(): string;
  /** The name of one HTTP request, `RQ` and 32 hexadecimal digits. */
  requestSid(): string;
  /** A process on a database: a positive number of 31 bits. */
  node(): number;
  /** From 0 up to 1: to spread what would else happen at one moment. */
  fraction(): number;
}

export const randomIds: Ids = {
  sid: (prefix) => mintSid(prefix, systemClock.now()),
  secret: () => randomBytes(16).toString('hex'),
  keySecret: () => Array.from({ length: 32 }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
  uuid: () => randomUUID(),
  // The letters RQ name no resource; the digits are made as a SID's.
  requestSid: () => `RQ${mintSid('IM', systemClock.now()).slice(2)}`,
  node: () => randomInt(1, 2 ** 31),
  fraction: () => randomInt(2 ** 32) / 2 ** 32,
};
