import { parseAddress, type SidPrefix, type Sid } from '@tutti/ids';
import { refusal, type RequestError } from '../base/app-error.ts';
import type { Instant } from '../base/clock.ts';
import { checkAttributes } from '../model/attributes.ts';
import type { Field } from './form.ts';
import { urlProblem } from '../base/url-problem.ts';
import { requireSid } from '../model/sid-parameter.ts';
import { readIso } from './span.ts';

/** The last value of a name that was sent more than once, as Twilio takes it. */
function last(values: readonly string[]): string {
  return values.at(-1) ?? '';
}

/** Any text up to `max` characters. */
export function text(
  max?: number,
  tooLong:
    | 'friendlyNameTooLong'
    | 'friendlyNameTooLong2010'
    | 'uniqueNameTooLong'
    | 'identityTooLong'
    | 'authorTooLong' = 'friendlyNameTooLong',
): Field<string> {
  return {
    read: (values, name) => {
      const value = last(values);
      if (max !== undefined && value.length > max) {
        throw refusal(tooLong, { name, length: value.length, max });
      }
      return value;
    },
  };
}

/** A language, as `en-US`; empty is none. BCP 47 */
export const languageTag: Field<string> = {
  read: (values, name) => {
    const value = last(values).trim();
    if (value === '' || /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}$/.test(value)) return value;
    const problem = `${value} was given; a language tag such as en-US is expected.`;
    throw refusal('invalidParameter', { name, problem });
  },
};

/** Text that selects; empty selects nothing apart. */
export const filter: Field<string | undefined> = {
  read: (values) => (last(values) === '' ? undefined : last(values)),
};

/** One of `allowed`, in any case. `invalid` builds the refusal; default invalidParameter. */
export function oneOf<const T extends string>(
  allowed: readonly T[],
  invalid?: (given: string, name: string) => RequestError,
): Field<T> {
  return {
    read: (values, name) => {
      const given = last(values);
      const value = allowed.find((each) => each.toLowerCase() === given.toLowerCase());
      if (value !== undefined) return value;
      throw (
        invalid?.(given, name) ??
        refusal('invalidParameter', {
          name,
          problem: `${given} was given; one of ${allowed.join(', ')} is expected.`,
        })
      );
    },
  };
}

export const boolean: Field<boolean> = {
  read: (values, name) => {
    const given = last(values).toLowerCase();
    if (given === 'true') return true;
    if (given === 'false') return false;
    throw refusal('invalidParameter', {
      name,
      problem: `${last(values)} was given; true or false is expected.`,
    });
  },
};

export function integer(
  min: number,
  max: number,
  invalid?: (given: string, name: string) => RequestError,
): Field<number> {
  return {
    read: (values, name) => {
      const given = last(values);
      const value = Number(given);
      if (/^-?\d{1,15}$/.test(given) && value >= min && value <= max) return value;
      throw (
        invalid?.(given, name) ??
        refusal('invalidParameter', {
          name,
          problem: `${given} was given; a whole number from ${min} to ${max} is expected.`,
        })
      );
    },
  };
}

/** JSON text, kept byte for byte; empty text stands for `{}`. Twilio: conversations/api, codes 50303 and 50304 */
export function json(maxBytes: number): Field<string> {
  return {
    read: (values, name) => {
      const given = last(values);
      if (given === '') return '{}';
      checkAttributes(given, name, maxBytes);
      return given;
    },
  };
}

/** An instant in ISO 8601, the first that it names. */
export function date(
  code: 'invalidDateCreated' | 'invalidLastReadTimestamp' = 'invalidDateCreated',
): Field<Instant> {
  return {
    read: (values, name) => {
      const given = last(values);
      const read = readIso(given);
      if (read === undefined) throw refusal(code, { name, given });
      return read.from;
    },
  };
}

type UrlCode =
  | 'invalidUrl'
  | 'invalidUrl2010'
  | 'invalidWebhookUrl'
  | 'invalidPreWebhookUrl'
  | 'invalidPostWebhookUrl';

/** An absolute http(s) URL, or empty to clear. */
export function url(code: UrlCode): Field<string> {
  return {
    read: (values, name) => {
      const given = last(values);
      if (given === '') return '';
      const problem = urlProblem(given);
      if (problem !== undefined) throw refusal(code, { name, given, problem });
      return given;
    },
  };
}

/** GET or POST in any case. */
export function method(
  code: 'invalidMethod' | 'invalidMethod2010' | 'invalidWebhookMethod',
): Field<'GET' | 'POST'> {
  return oneOf(['GET', 'POST'], (given, name) => refusal(code, { name, given }));
}

/** A SID of one of the kinds; anything else is refused with what it is instead. */
export function sid<P extends SidPrefix>(...prefixes: P[]): Field<Sid<P>> {
  return { read: (values, name) => requireSid(last(values), name, ...prefixes) };
}

/** Every value sent, and those that one value lists with blanks or commas between. */
export function listOf<T>(item: Field<T>): Field<T[]> {
  return {
    read: (values, name) =>
      values
        .flatMap((value) => value.split(/[ ,]+/))
        .filter((value) => value !== '')
        .map((value) => item.read([value], name)),
  };
}

/** Every value sent, blanks and all. */
export const texts: Field<readonly string[]> = { read: (values) => values };

/** A number, SIP URI or `client:` identity, in canonical form. */
export const proxyAddress: Field<string> = {
  read: (values, name) => {
    const given = last(values);
    if (given === '') return '';
    const parsed = parseAddress(given);
    if (!parsed.ok || !['phone', 'sip', 'client'].includes(parsed.value.type)) {
      const problem = parsed.ok
        ? `It is ${parsed.value.type}; a number (+15551234567), sip: URI or client: identity is expected.`
        : parsed.error.message;
      throw refusal('invalidProxyAddress', { name, given, problem });
    }
    return given;
  },
};

/** An Application SID, or empty to clear; what is wrong with it keeps Twilio's code. Twilio: errors 21218 */
export const applicationSid: Field<Sid<'AP'> | null> = {
  read: (values, name) => {
    const given = last(values);
    if (given === '') return null;
    try {
      return requireSid(given, name, 'AP');
    } catch (cause) {
      const error = cause as RequestError;
      throw refusal(
        'invalidApplicationSid',
        { given, explanation: error.message },
        { cause, ...(error.details === undefined ? {} : { details: error.details }) },
      );
    }
  },
};
