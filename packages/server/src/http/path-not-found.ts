import { explainSid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';

type Sent = { readonly sentPath: string };
type Kind =
  | 'AL'
  | 'CL'
  | 'CR'
  | 'IP'
  | 'SD'
  | 'CF'
  | 'CH'
  | 'IM'
  | 'MB'
  | 'WH'
  | 'IS'
  | 'CA'
  | 'AP'
  | 'PN'
  | 'SK'
  | 'NO'
  | 'AE'
  | 'AC'
  | 'BC'
  | 'ME'
  | 'RE'
  | 'TR'
  | 'GT'
  | 'MZ'
  | 'QU';

/** A 404 for a path whose `key` names nothing of the kind `prefix`. */
export function pathNotFound(request: Sent, key: string, prefix: Kind): Error {
  return refusal(
    'sidNotFound',
    { path: request.sentPath, explanation: explainWhy(key, prefix, placeOf(request, prefix)) },
    { resourceSid: key.slice(0, 34), details: { given: key, expected: [prefix] } },
  );
}

/** What would have had to contain it. */
function placeOf({ sentPath }: Sent, prefix: string): string {
  if (prefix === 'IM' || prefix === 'MB' || prefix === 'WH') return 'conversation';
  return prefix === 'CH' && sentPath.includes('/v1/Services/') ? 'service' : 'account';
}

/** What is wrong with a SID that was looked for and not found in its `place`. */
export function explainWhy(given: string, prefix: string, place = 'account'): string {
  const explanation = explainSid(given);
  if (explanation.kind === 'sid' && explanation.prefix === prefix) {
    return `${given} is well formed, but nothing in this ${place} has it: it may be of another ${place} or server, or deleted.`;
  }
  return explanation.sentence;
}

/** What the path names by `key`. @throws RequestError sidNotFound when that was not found. */
export function found<T>(value: T | undefined, request: Sent, key: string, prefix: Kind): T {
  if (value === undefined) throw pathNotFound(request, key, prefix);
  return value;
}
