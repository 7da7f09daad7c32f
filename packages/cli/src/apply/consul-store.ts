import { askStore, readJson } from './ask-store.ts';
import type { Destination } from './configuration.ts';
import { isBody } from './marks.ts';
import type { SidStore, StoreChange } from './sid-store.ts';

/** Consul's key/value store by HTTP. Source: developer.hashicorp.com/consul/api-docs/kv */
export class ConsulStore implements SidStore {
  readonly where: string;
  readonly #at: Destination & { kind: 'consul' };
  readonly #headers: Readonly<Record<string, string>>;

  constructor(at: Destination & { kind: 'consul' }) {
    this.#at = at;
    this.#headers = at.token === undefined ? {} : { 'x-consul-token': at.token };
    this.where = `Consul at ${new URL(at.url).host}, ${at.prefix}`;
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    const { prefix } = this.#at;
    const { status, text } = await askStore('Consul', `${this.#path('')}?recurse=true`, {
      method: 'GET',
      headers: this.#headers,
    });
    // Nothing begins with the prefix.
    if (status === 404) return new Map();
    const items = readJson('Consul', text);
    return new Map(
      (Array.isArray(items) ? items : []).filter(isBody).flatMap(({ Key: key, Value: value }) => {
        const name = String(key).slice(prefix.length);
        // A folder of Consul's own interface is a key that ends with a slash, without a value.
        if (name === '' || typeof value !== 'string') return [];
        return [[name, Buffer.from(value, 'base64').toString()] as const];
      }),
    );
  }

  async write({ set, remove }: StoreChange): Promise<void> {
    const headers = this.#headers;
    for (const [name, body] of set) {
      await askStore('Consul', this.#path(name), { method: 'PUT', headers, body });
    }
    for (const name of remove) {
      await askStore('Consul', this.#path(name), { method: 'DELETE', headers });
    }
  }

  #path(name: string): string {
    const key = `${this.#at.prefix}${name}`.split('/').map(encodeURIComponent).join('/');
    return `${this.#at.url}/v1/kv/${key}`;
  }
}
