import { CannotLook, askJson } from '../online/ask.ts';
import { parseUrl } from '../parse-url.ts';
import type { ConfigurationCentre, Entry } from './configuration-centre.ts';

export interface EtcdOptions {
  /** `user:password`, as `ETCDCTL_USER` has it; default that of the URL, else nobody. */
  readonly user?: string;
  /** How many keys are asked for at once; default 1000. */
  readonly pageSize?: number;
}

/** `more` says that keys are left beyond the limit. */
interface Range {
  readonly kvs?: readonly { readonly key: string; readonly value?: string }[];
  readonly more?: boolean;
}

/**
 * An etcd of version 3, by its HTTP gateway: `POST /v3/kv/range`.
 *
 * @throws TypeError for a `url` that is none.
 */
export function etcd(
  url: string,
  { user, pageSize = 1000 }: EtcdOptions = {},
): ConfigurationCentre {
  const parsed = parseUrl(url);
  if (parsed === undefined) throw new TypeError(`${url} is no URL as http://127.0.0.1:2379`);
  const base = `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
  const inUrl = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  const credentials = user ?? (inUrl === ':' ? undefined : inUrl);
  const post = async (
    path: string,
    body: object,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<unknown> => {
    const asked = { method: 'POST', headers, body: JSON.stringify(body), signal } as const;
    const answer = await askJson(`${base}/v3/${path}`, asked);
    if (answer.status === 200) return answer.body;
    const { message, error } = answer.body as { message?: string; error?: string };
    throw new CannotLook(`it answers with ${answer.status}: ${message ?? error ?? ''}`);
  };
  return {
    name: `etcd ${base}`,
    async read(prefix, signal) {
      const headers: Record<string, string> = {};
      if (credentials !== undefined) {
        const colon = credentials.indexOf(':');
        const login = { name: credentials.slice(0, colon), password: credentials.slice(colon + 1) };
        const answer = await post('auth/authenticate', login, {}, signal);
        headers['authorization'] = String((answer as { token?: string }).token);
      }
      const entries: Entry[] = [];
      // A lone zero byte is the first key there can be.
      let from = prefix === '' ? Buffer.of(0) : Buffer.from(prefix, 'utf8');
      for (;;) {
        const asked = {
          key: from.toString('base64'),
          range_end: endOf(prefix).toString('base64'),
          limit: pageSize,
        };
        const { kvs = [], more } = (await post('kv/range', asked, headers, signal)) as Range;
        for (const { key, value = '' } of kvs) entries.push({ key: text(key), value: text(value) });
        const last = kvs.at(-1);
        if (more !== true || last === undefined) return entries;
        from = Buffer.concat([Buffer.from(last.key, 'base64'), Buffer.of(0)]);
      }
    },
  };
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

/** The first key after all that begin with `prefix`; a zero byte stands for "to the end". */
function endOf(prefix: string): Buffer {
  const end = Buffer.from(prefix, 'utf8');
  // No byte of UTF-8 is 255, so there is always one to add to.
  const last = end.length - 1;
  if (last < 0) return Buffer.of(0);
  end[last] = (end[last] ?? 0) + 1;
  return end;
}
