/** What a party's input may do to what is being said. */
const interruptions = ['none', 'dtmf', 'speech', 'any'] as const;
export type Interruption = (typeof interruptions)[number];

/** What the customer's server says. Twilio: voice/conversationrelay/websocket-messages#send-messages-to-twilio */
export type RelayMessage =
  | {
      readonly type: 'text';
      readonly token: string;
      readonly last: boolean;
      readonly lang?: string | undefined;
      readonly interruptible?: Interruption | undefined;
      readonly preemptible?: boolean | undefined;
    }
  | {
      readonly type: 'play';
      readonly source: string;
      /** From 1 to 1000. */
      readonly loop: number;
      readonly interruptible?: Interruption | undefined;
      readonly preemptible?: boolean | undefined;
    }
  | { readonly type: 'sendDigits'; readonly digits: string }
  | {
      readonly type: 'language';
      readonly ttsLanguage?: string | undefined;
      readonly transcriptionLanguage?: string | undefined;
    }
  | { readonly type: 'end'; readonly handoffData?: string | undefined };

export type RelayMessageResult =
  | { readonly ok: true; readonly message: RelayMessage }
  | { readonly ok: false; readonly problem: string };

/** A sound is repeated a thousand times at most: what 0 stands for. */
const LOOP_MAX = 1000;
const LANGUAGE = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/;

type Fields = Readonly<Record<string, unknown>>;

/** Reads one message. Never throws. */
export function readRelayMessage(text: string): RelayMessageResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return bad(`it is not JSON: ${shortened(text)}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return bad(`it is not a JSON object: ${shortened(text)}`);
  }
  const fields = new FieldReader(json as Fields);
  const message = readBy(fields);
  return fields.problem === undefined && message !== undefined
    ? { ok: true, message }
    : bad(fields.problem ?? 'it cannot be read');
}

function readBy(fields: FieldReader): RelayMessage | undefined {
  const type = fields.text('type');
  switch (type) {
    case 'text':
      return {
        type,
        token: fields.text('token') ?? fields.missing('token'),
        last: fields.boolean('last') ?? false,
        lang: fields.language('lang'),
        interruptible: fields.interruption('interruptible'),
        preemptible: fields.boolean('preemptible'),
      };
    case 'play': {
      const loop = fields.count('loop', LOOP_MAX) ?? 1;
      return {
        type,
        source: fields.text('source') ?? fields.missing('source'),
        loop: loop === 0 ? LOOP_MAX : loop,
        interruptible: fields.interruption('interruptible'),
        preemptible: fields.boolean('preemptible'),
      };
    }
    case 'sendDigits': {
      const digits = fields.text('digits') ?? fields.missing('digits');
      if (!/^[0-9w#*]+$/.test(digits)) fields.refuse('digits', 'digits, w, # and *');
      return { type, digits };
    }
    case 'language': {
      const ttsLanguage = fields.language('ttsLanguage');
      const transcriptionLanguage = fields.language('transcriptionLanguage');
      if (ttsLanguage === undefined && transcriptionLanguage === undefined) {
        fields.missing('ttsLanguage');
      }
      return { type, ttsLanguage, transcriptionLanguage };
    }
    case 'end':
      return { type, handoffData: fields.text('handoffData') };
    default:
      fields.refuse('type', 'text, play, sendDigits, language or end');
      return undefined;
  }
}

/** Reads fields by their types; an absent field, or null, is undefined. Keeps the first thing that is wrong. */
class FieldReader {
  problem: string | undefined;
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  text(name: string): string | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    return this.refuse(name, 'a text');
  }

  boolean(name: string): boolean | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined || typeof value === 'boolean') return value;
    return this.refuse(name, 'true or false');
  }

  count(name: string, max: number): number | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max) return Number(value);
    return this.refuse(name, `a whole number from 0 to ${max}`);
  }

  language(name: string): string | undefined {
    const value = this.text(name);
    if (value === undefined || (value.length <= 35 && LANGUAGE.test(value))) return value;
    return this.refuse(name, 'a language, such as en-US');
  }

  interruption(name: string): Interruption | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value === 'boolean') return value ? 'any' : 'none';
    const known = interruptions.find((each) => each === value);
    return known ?? this.refuse(name, 'true, false, none, dtmf, speech or any');
  }

  missing(name: string): string {
    this.problem ??= `it has no ${name}`;
    return '';
  }

  refuse(name: string, expected: string): undefined {
    const given = this.#fields[name];
    const shown = given === undefined ? 'not there' : shortened(JSON.stringify(given));
    this.problem ??= `its ${name} is ${shown}; ${expected} is expected`;
    return undefined;
  }
}

function bad(problem: string): RelayMessageResult {
  return { ok: false, problem };
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
