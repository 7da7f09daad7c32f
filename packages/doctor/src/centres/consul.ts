import { ask, CannotLook } from '../online/ask.ts';
import { parseJson } from '../parse-json.ts';
import { parseUrl } from '../parse-url.ts';
import type { ConfigurationCentre } from './configuration-centre.ts';

export interface ConsulOptions {
  /** An ACL token, as `CONSUL_HTTP_TOKEN` has it. */
  readonly token?: string;
}

/** A key of `/v1/kv`; the value is in Base64, null for one that is empty. */
interface ConsulKey {
  readonly Key: string;
  readonly Value: string | null;
}

/**
 * Consul's key/value store: `GET /v1/kv/PREFIX?recurse`. Source: developer.hashicorp.com/consul/api-docs/kv
 *
 * @throws TypeError for a `url` that is none.
 */
export function consul(url: string, { token }: ConsulOptions = {}): ConfigurationCentre {
  const parsed = parseUrl(url);
  if (parsed === undefined) throw new TypeError(`${url} is no URL as http://127.0.0.1:8500`);
  const base = `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
  return {
    name: `consul ${base}`,
    async read(prefix, signal) {
      const path = prefix.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/');
      const headers: Record<string, string> =
        token === undefined ? {} : { 'x-consul-token': token };
      const { status, text } = await ask(`${base}/v1/kv/${path}?recurse`, { headers, signal });
      // No key begins so.
      if (status === 404) return [];
      if (status !== 200) throw new CannotLook(`it answers with ${status}: ${text.slice(0, 100)}`);
      return keysOf(text)
        .filter(({ Key }) => !Key.endsWith('/'))
        .map(({ Key, Value }) => ({
          key: Key,
          value: Buffer.from(Value ?? '', 'base64').toString('utf8'),
        }));
    },
  };
}

function keysOf(text: string): readonly ConsulKey[] {
  const parsed = parseJson(text);
  if (Array.isArray(parsed)) return parsed as readonly ConsulKey[];
  throw new CannotLook('it answers with no list of keys');
}
