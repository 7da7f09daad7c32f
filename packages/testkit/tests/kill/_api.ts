/** What a test reads of an answer. */
// eslint-disable-next-line typescript/no-explicit-any -- a test reads what it expects to be there.
export type Json = any;

export type Form = Readonly<Record<string, string | readonly string[]>>;

/** The connection ended before the whole answer was there: nobody knows what became of the request. */
export class Unanswered extends Error {}

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** The API of one server, with the account's credentials. */
export class Api {
  readonly url: string;
  readonly #account: string;
  readonly #authorization: string;

  constructor(url: string, accountSid: string, authToken: string) {
    this.url = url;
    this.#account = `/2010-04-01/Accounts/${accountSid}`;
    this.#authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  }

  /** A path under /v1, or of the account. @throws Unanswered */
  async ask(method: string, path: string, form?: Form): Promise<Answer> {
    const whole = path.startsWith('/v1/') ? path : this.#account + path;
    try {
      const response = await fetch(new URL(whole, this.url), {
        method,
        headers: { authorization: this.#authorization, 'x-twilio-webhook-enabled': 'true' },
        ...(form !== undefined && { body: encoded(form) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
    } catch (cause) {
      throw new Unanswered(`${method} ${path}`, { cause });
    }
  }

  /** @throws Error when it is refused */
  async get(path: string): Promise<Json> {
    const { status, body } = await this.ask('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** All of a list of /v1, page after page. */
  async list(path: string, key: string, pageSize = 100): Promise<Json[]> {
    const items: Json[] = [];
    let next: string | null = `${path}?PageSize=${pageSize}`;
    while (next !== null) {
      const page: Json = await this.get(next);
      items.push(...page[key]);
      const url: string | null = page.meta.next_page_url;
      next = url === null ? null : url.slice(new URL(url).origin.length);
    }
    return items;
  }

  /** All calls of the account. */
  async calls(): Promise<Json[]> {
    const items: Json[] = [];
    let next: string | null = `/Calls.json?PageSize=1000`;
    while (next !== null) {
      const page: Json = await this.get(next);
      items.push(...page.calls);
      const uri: string | null = page.next_page_uri;
      next = uri === null ? null : uri.slice(this.#account.length);
    }
    return items;
  }
}

function encoded(form: Form): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const each of typeof value === 'string' ? [value] : value) body.append(name, each);
  }
  return body;
}
