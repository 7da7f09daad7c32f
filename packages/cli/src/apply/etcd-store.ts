import { CommandError } from '../command-error.ts';
import { askStore, readJson } from './ask-store.ts';
import type { Destination } from './configuration.ts';
import { isBody } from './marks.ts';
import type { SidStore, StoreChange } from './sid-store.ts';

/** etcd takes 128 operations in a transaction unless told otherwise (`--max-txn-ops`). */
const OPERATIONS_MAX = 128;

/** etcd v3 by its HTTP gateway: keys and values in base64. Source: etcd.io/docs/v3.5/dev-guide/api_grpc_gateway */
export class EtcdStore implements SidStore {
  readonly where: string;
  readonly #at: Destination & { kind: 'etcd' };
  #token: string | undefined;

  constructor(at: Destination & { kind: 'etcd' }) {
    this.#at = at;
    this.where = `etcd at ${new URL(at.url).host}, ${at.prefix}`;
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    const { prefix } = this.#at;
    const answer = await this.#ask('/v3/kv/range', {
      key: encode(prefix),
      range_end: encode(behind(prefix)),
    });
    const items = Array.isArray(answer['kvs']) ? answer['kvs'].filter(isBody) : [];
    return new Map(
      items.map(({ key, value }) => [decode(key).slice(prefix.length), decode(value)] as const),
    );
  }

  async write({ set, remove }: StoreChange): Promise<void> {
    const key = (name: string): string => encode(this.#at.prefix + name);
    const operations = [
      ...[...set].map(([name, sid]) => ({ requestPut: { key: key(name), value: encode(sid) } })),
      ...remove.map((name) => ({ requestDeleteRange: { key: key(name) } })),
    ];
    for (let from = 0; from < operations.length; from += OPERATIONS_MAX) {
      await this.#ask('/v3/kv/txn', { success: operations.slice(from, from + OPERATIONS_MAX) });
    }
  }

  async #ask(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const { url, user, password } = this.#at;
    if (user !== undefined && this.#token === undefined) {
      const { token } = await this.#send(url, '/v3/auth/authenticate', {
        name: user,
        password: password ?? '',
      });
      this.#token = String(token);
    }
    return this.#send(url, path, body);
  }

  async #send(url: string, path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const { status, text } = await askStore('etcd', url + path, {
      method: 'POST',
      headers: this.#token === undefined ? {} : { authorization: this.#token },
      body: JSON.stringify(body),
    });
    const answer = status === 404 ? undefined : readJson('etcd', text);
    if (isBody(answer)) return answer;
    throw new CommandError(
      `etcd at ${new URL(url).origin} has no ${path}; a server of etcd 3.4 or newer is expected there. Correct its url in the file.`,
    );
  }
}

/** The end of the range of all keys that begin with `prefix`: its last character, one further. */
function behind(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix === '' ? '\0' : prefix.slice(0, -1) + String.fromCharCode(last + 1);
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decode(text: unknown): string {
  return Buffer.from(typeof text === 'string' ? text : '', 'base64').toString();
}
