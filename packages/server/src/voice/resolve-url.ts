import { refusal } from '../base/app-error.ts';
import { parseUrl } from '../base/parse-url.ts';
import { urlProblem } from '../base/url-problem.ts';
import type { LiveCall } from './live-call.ts';
import type { RunningDocument } from './interpreter.ts';

/**
 * The absolute form of a URL in a document; of an empty one, the document's own. Undefined when there is none, and
 * an alert has said why. Twilio: errors 15004, 11100
 */
export async function resolveUrl(
  live: Pick<LiveCall, 'alerts'>,
  { url: base }: Pick<RunningDocument, 'url'>,
  url: string | undefined,
): Promise<string | undefined> {
  const given = url ?? '';
  if (base === undefined && parseUrl(given) === undefined) {
    await live.alerts.of(refusal('relativeAction', { url: given === '' ? '(none)' : given }));
    return undefined;
  }
  if (given === '') return base;
  const resolved = parseUrl(given, base)?.href ?? given;
  const problem = urlProblem(resolved);
  if (problem === undefined) return resolved;
  await live.alerts.of(refusal('fetchBadUrl', { url: given, problem }));
  return undefined;
}
