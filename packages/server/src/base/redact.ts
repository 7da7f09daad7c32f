import { unescape } from 'node:querystring';

/** Stands where a secret was. */
export const MASK = '***';

/** Shorter secrets are masked where they stand, but not looked for elsewhere: they would be found in any word. */
const ECHO_MIN = 6;
/** Secrets looked for elsewhere, so that a request of nothing but secrets is no work without end. */
const ECHOES_MAX = 100;
/** How often text inside a parameter inside a URL inside … is decoded. */
const DEPTH_MAX = 4;

/** Parts of a name, without case and punctuation, by which its value is a secret wherever they stand. */
const secretPart =
  /password|passwd|passphrase|passcode|secret|authorization|credential|signature|cookie|bearer|(?:api|access|private|account|app|auth|signing|master|encryption|subscription|functions?)key|(?:auth|access|refresh)token/;
/** As such, of the words of a name. The plural counts them: `max_tokens`. */
const secretWord = /token(?!s(?: |$))/;
/** The last word of a name, by which its value is a secret whatever stands before it. */
const secretEnd = /^(?:key|pass|pwd|pw|pin|code|otp|totp|hmac|sig|jwt|o?auth|cvv|cvc)$/;
/** Names that are secret as a whole; `x` is what is left of `X-`. */
const secretWhole = /^x?(?:session|(?:php|j|asp)?sess(?:ion)?id)$/;
/** Ends of names whose values everybody may read, or must, to tell requests and errors apart. */
const publicEnd = new RegExp(
  [
    '(?:idempotency|page|next|previous|continuation)token',
    '(?:idempotency|public|primary|foreign|partition|sort|cache|routing|object|websocket|translation|finishon)key',
    '(?:status|error|response|reason|result|exit|return|cause|http|sip|warning|message|event|type)code',
    '(?:country|region|state|area|zip|postal|post|dialing|city|short|language|lang|locale|currency|color|source|bar|qr)code',
  ]
    .map((end) => `${end}$`)
    .join('|'),
);

/** Whether the value of a parameter, header or property of this name is nobody's to read. */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const plain = words.join('');
  if (publicEnd.test(plain)) return false;
  // `password2`, `key1`
  const last = words.at(-1)?.replace(/\d+$/, '') ?? '';
  return (
    secretPart.test(plain) ||
    secretWord.test(words.join(' ')) ||
    secretEnd.test(last) ||
    secretWhole.test(plain)
  );
}

/** As `isSecretName`, where the value is known: a `code` of a few digits is an error's, as in every refusal of an API. */
function isSecret(name: string, value: string): boolean {
  return isSecretName(name) && !(/^code$/i.test(name) && /^\d{1,5}$/.test(value));
}

/** `text` with the secrets in it masked. */
export function redactText(text: string): string {
  const redaction = new Redaction();
  return redaction.echoes(redaction.text(text));
}

/**
 * Masks the secrets in everything that is known of one exchange. Each part is masked by names first (`text`, `form`,
 * `headers`), and what stood there is remembered; `echoes` then masks it in every part, for a server that answers with
 * the password it was sent.
 */
export class Redaction {
  readonly #secrets = new Set<string>();

  /** `known` are secrets besides those that are found by their names. */
  constructor(known: readonly string[] = []) {
    for (const secret of known) this.#remember(secret);
  }

  /** Any text: a message, a URL, JSON, XML, a trace. */
  text(text: string): string {
    return this.#text(text, 0);
  }

  /** `application/x-www-form-urlencoded` text; pairs without secrets stay as they were sent. */
  form(form: string): string {
    return this.#form(form, 0);
  }

  /** A header's or parameter's value. */
  value(name: string, value: string): string {
    if (!isSecret(name, value)) return this.text(value);
    this.#rememberHeader(value);
    return MASK;
  }

  /** `text`, already masked by names, without the secrets that were found anywhere. */
  echoes(text: string): string {
    let shown = text;
    for (const secret of [...this.#secrets].toSorted((a, b) => b.length - a.length)) {
      for (const written of spellings(secret)) shown = shown.replaceAll(written, MASK);
    }
    return shown;
  }

  #form(form: string, depth: number): string {
    return form
      .split('&')
      .map((pair) => {
        const equals = pair.indexOf('=');
        if (equals === -1) return this.#encoded(pair, depth);
        const name = pair.slice(0, equals);
        const value = pair.slice(equals + 1);
        if (value === '') return pair;
        if (isSecret(decoded(name), value)) {
          this.#remember(decoded(value));
          return `${name}=${MASK}`;
        }
        return `${this.#encoded(name, depth)}=${this.#encoded(value, depth)}`;
      })
      .join('&');
  }

  /** A percent-encoded value; as it was, unless something in it is masked. */
  #encoded(value: string, depth: number): string {
    const plain = decoded(value);
    const shown = this.#text(plain, depth + 1);
    return shown === plain ? value : percentEncoded(shown).replaceAll('%2A', '*');
  }

  #text(text: string, depth: number): string {
    if (depth > DEPTH_MAX) return text;
    const json = /^\s*[[{]/.test(text) ? parsed(text) : undefined;
    if (json !== undefined) {
      const shown = this.#json(json, depth);
      return shown === json ? text : JSON.stringify(shown);
    }
    return this.#percentEncoded(this.#named(this.#bare(text)), depth);
  }

  /** Secrets that are such by their form: userinfo of URLs, credentials of a header, JSON Web Tokens. */
  #bare(text: string): string {
    return (
      text
        // RFC 3986 §3.2.1, §4.2: `//` userinfo `@`, with a scheme before it or none
        .replaceAll(/\/\/([^\s/?#"<>]+)@/g, (_, userinfo: string) => {
          const colon = userinfo.indexOf(':');
          const password = colon === -1 ? '' : userinfo.slice(colon + 1);
          // A name without a password is often a key.
          this.#remember(decoded(password === '' ? userinfo.replace(/:$/, '') : password));
          return password === '' ? `//${MASK}@` : `//${userinfo.slice(0, colon)}:${MASK}@`;
        })
        // RFC 3261 §19.1.1: `sip:` user `:` password `@`
        .replaceAll(
          /(\bsips?:[^\s:@<>"';]{1,256}:)([^\s@<>"';]{1,256})@/gi,
          (_, before: string, password: string) => {
            this.#remember(decoded(password));
            return `${before}${MASK}@`;
          },
        )
        .replaceAll(
          /\b(Bearer|Basic|ApiKey)([ +]+)([\w+/=.~-]{4,})/gi,
          (_, scheme: string, blank: string, credentials: string) => {
            this.#rememberHeader(`${scheme} ${credentials}`);
            return `${scheme}${blank}${MASK}`;
          },
        )
        // RFC 7616 §3.4: `response` of Digest
        .replaceAll(
          /(\bresponse=\\?["']?)([\da-f]{32,128})\b/gi,
          (_, before: string, response: string) => {
            this.#remember(response);
            return before + MASK;
          },
        )
        .replaceAll(/(?<![\w-])eyJ[\w-]{5,4096}\.[\w-]{2,4096}\.[\w-]{0,4096}/g, (token) => {
          this.#remember(token);
          return MASK;
        })
    );
  }

  /** Secrets behind their names, in every way that text has of writing a pair. */
  #named(text: string): string {
    return writings.reduce((shown, { opening, value }) => {
      let masked = '';
      let upTo = 0;
      for (const match of shown.matchAll(opening)) {
        const start = match.index + match[0].length;
        const name = decoded(match.groups?.['name'] ?? '');
        if (match.index < upTo || !isSecretName(name)) continue;
        value.lastIndex = start;
        const [written, quote = ''] = value.exec(shown) ?? [];
        if (written === undefined) continue;
        const bare = written.slice(quote.length).replaceAll(/^<!\[CDATA\[|^'|\\*["']$|\]\]>$/g, '');
        if (!isSecret(name, bare)) continue;
        this.#remember(written);
        this.#rememberHeader(bare.trim());
        masked += `${shown.slice(upTo, start)}${quote}${MASK}${quote}`;
        upTo = start + written.length;
      }
      return masked + shown.slice(upTo);
    }, text);
  }

  /** Percent-encoded parts, which may be URLs with secrets of their own. */
  #percentEncoded(text: string, depth: number): string {
    if (!text.includes('%')) return text;
    return text
      .split(/([&\s"'<>=?]+)/)
      .map((part) => (part.includes('%') ? this.#encoded(part, depth) : part))
      .join('');
  }

  /** `json` itself where nothing in it is a secret. */
  #json(json: unknown, depth: number): unknown {
    if (typeof json === 'string') return this.#text(json, depth + 1);
    if (typeof json !== 'object' || json === null) return json;
    if (depth > DEPTH_MAX * DEPTH_MAX) return MASK;
    if (Array.isArray(json)) {
      const items = json.map((item) => this.#json(item, depth + 1));
      return items.every((item, i) => item === json[i]) ? json : items;
    }
    const entries = Object.entries(json);
    const shown = entries.map(([name, value]): [string, unknown] => {
      if (!isSecret(name, String(value)) || value === null || value === '') {
        return [name, this.#json(value, depth + 1)];
      }
      this.#rememberLeaves(value, depth);
      return [name, MASK];
    });
    return shown.every(([, value], i) => value === entries[i]?.[1])
      ? json
      : Object.fromEntries(shown);
  }

  #rememberLeaves(json: unknown, depth: number): void {
    if (typeof json === 'string' || typeof json === 'number') this.#remember(String(json));
    else if (typeof json === 'object' && json !== null && depth <= DEPTH_MAX * DEPTH_MAX) {
      for (const value of Object.values(json)) this.#rememberLeaves(value, depth + 1);
    }
  }

  /** What is secret of credentials and cookies: their parts stand elsewhere without what is around them. */
  #rememberHeader(value: string): void {
    this.#remember(value);
    const [, scheme = '', credentials = ''] = /^(\w+)[ +]+(\S+)$/.exec(value) ?? [];
    this.#remember(credentials);
    if (scheme.toLowerCase() === 'basic') {
      const pair = Buffer.from(credentials, 'base64').toString('utf8');
      this.#remember(pair.slice(pair.indexOf(':') + 1));
    }
    // RFC 6265 §4.1.1, §4.2.1; the attributes of a cookie are no secrets.
    for (const [, name = '', text = ''] of value.matchAll(/([\w.-]{1,100})=([^;,\s]+)/g)) {
      if (!/^(?:path|domain|expires|max-age|samesite)$/i.test(name)) this.#remember(text);
    }
  }

  #remember(written: string): void {
    if (this.#secrets.size >= ECHOES_MAX) return;
    for (const secret of new Set([
      written,
      decoded(written),
      unescapedXml(written),
      unescapedJson(written),
    ])) {
      if (secret.length < ECHO_MIN || this.#secrets.size >= ECHOES_MAX) continue;
      // A SID names a record and is in every message about it.
      if (!/^[A-Z]{2}[0-9a-f]{32}$/.test(secret)) this.#secrets.add(secret);
    }
  }
}

/** A way of writing a pair: its name up to where the value begins, and the value with the quote it begins with. */
const writings: readonly { readonly opening: RegExp; readonly value: RegExp }[] = [
  {
    // "name": "value", in JSON that is cut or is part of other text, its quotes escaped or not
    opening: /(\\{0,4}["'])(?<name>[^"'\\\n<>]{1,100})\1\s{0,20}:\s{0,20}/g,
    value: /(\\{0,4}["'])(?:(?!\1)(?:\\[^]|[^\\]))*(?:\1|\\?$)|[[{][^]*|[^\s,}\]"'\\]+/y,
  },
  {
    // <Name>value</Name>
    opening: /<(?<name>[\w:.-]{1,100})(?:\s[^<>]{0,1000})?>/g,
    value: /(?:<!\[CDATA\[)?[^<]+/y,
  },
  {
    // Name: value, on a line of its own
    opening: /^(?<name>[\w-]{1,100}):[ \t]*/gm,
    value: /.+/y,
  },
  {
    // Name: a value of several words, in a line
    opening: /(?<![\w-])(?<name>(?:proxy-)?authorization|(?:set-)?cookie):[ \t]*/gi,
    value: /[^\r\n"'<>]+/y,
  },
  {
    // name: value, name: "value", in a line or in an object of a program
    opening: /(?<![\w.$%[\]-])(?<name>[\w.$-]{1,100}):[ \t]*/g,
    value: /(\\{0,4}["'])(?:(?!\1)(?:\\[^]|[^\\]))*(?:\1|\\?$)|[[{][^]*|[^\s,;}\]"'\\&<>]+/y,
  },
  {
    // name=value, name="value"
    opening: /(?<![\w.$%[\]-])(?<name>[\w.$%[\]-]{1,100})=/g,
    value: /(")[^"]*"?|'[^'<>]*'(?=[\s/>,;)\]}]|$)|[^&\s"<>]+/y,
  },
];

/** The ways in which a secret may be written in one of the parts. */
function spellings(secret: string): ReadonlySet<string> {
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const xml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return new Set([
    secret,
    percentEncoded(secret),
    form,
    JSON.stringify(secret).slice(1, -1),
    xml,
    xml.replaceAll('"', '&quot;'),
  ]);
}

/** Half a character, as JSON may hold, has no encoding: U+FFFD has. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '\uFFFD'));
}

/** Decoded as far as it can be; a stray percent sign stays. */
function decoded(text: string): string {
  return text.includes('%') || text.includes('+') ? unescape(text.replaceAll('+', ' ')) : text;
}

function unescapedXml(text: string): string {
  const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'" };
  return text
    .replaceAll(/&(lt|gt|quot|apos);/g, (_, name: string) => characters[name] ?? '')
    .replaceAll('&amp;', '&');
}

function unescapedJson(text: string): string {
  const plain = text.includes('\\') ? parsed(`"${text}"`) : undefined;
  return typeof plain === 'string' ? plain : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut, or no JSON: it is read as any other text.
    return undefined;
  }
}
