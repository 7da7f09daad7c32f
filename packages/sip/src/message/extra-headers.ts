import { headerName } from './headers.ts';
import { refuseLineBreak } from './params.ts';
import { isToken } from './parse-message.ts';

const OWN_HEADERS: ReadonlySet<string> = new Set([
  'via',
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
  'content-length',
  'content-type',
  'route',
  'record-route',
]);

/**
 * Checks headers an application adds to a message.
 * @throws TypeError for those the stack writes itself, and for what would inject another
 */
export function extraHeaders(
  headers: Readonly<Record<string, string>>,
): readonly (readonly [string, string])[] {
  const pairs = Object.entries(headers);
  for (const [name, value] of pairs) {
    if (!isToken(name)) throw new TypeError(`Not a header name: ${JSON.stringify(name)}`);
    if (OWN_HEADERS.has(headerName(name).key)) {
      throw new TypeError(`The stack itself writes the header ${name}`);
    }
    refuseLineBreak(value, `header ${name}`);
  }
  return pairs;
}
