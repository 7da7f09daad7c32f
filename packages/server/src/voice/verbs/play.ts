import { decodeAudio, loopSource, samplesSource } from '@tutti/media';
import type { PlayVerb } from '@tutti/twiml';
import { refusal } from '../../base/app-error.ts';
import { fetchMedia } from '../../callback/fetch-media.ts';
import { shownUrl } from '../../callback/target.ts';
import type { LiveCall } from '../live-call.ts';
import { goOn, type Next } from '../next.ts';
import { resolveUrl } from '../resolve-url.ts';
import type { RunningDocument } from '../interpreter.ts';

/** Twilio: voice/twiml/play; what cannot be had or decoded is skipped with an alert. */
export async function runPlay(
  live: LiveCall,
  running: RunningDocument,
  verb: PlayVerb,
  signal: AbortSignal = live.signal,
): Promise<Next> {
  const leg = await live.answer();
  if (leg === undefined) return goOn;
  if (verb.digits !== undefined) await live.sendDigits(verb.digits, signal);
  if (verb.url === undefined || signal.aborted) return goOn;
  const samples = await fetchSamples(live, running, verb.url, signal);
  if (samples !== undefined) {
    await leg.media.play(
      loopSource(() => samplesSource(samples), verb.loop),
      { signal },
    );
  }
  return goOn;
}

async function fetchSamples(
  live: LiveCall,
  running: RunningDocument,
  given: string,
  signal: AbortSignal,
): Promise<Int16Array | undefined> {
  const url = await resolveUrl(live, running, given);
  if (url === undefined) return undefined;
  const answer = await fetchMedia(live.context.actions.sender, {
    url,
    authToken: await live.authToken(),
    signal,
  });
  if (!answer.ok) {
    if (answer.alert !== undefined) await live.alerts.ofFetch([answer.alert]);
    return undefined;
  }
  const decoded = decodeAudio(answer.bytes, answer.contentType);
  if (decoded.ok) return decoded.value.samples;
  await live.alerts.of(
    refusal('playContentType', { url: shownUrl(url), problem: decoded.error.message }),
  );
  return undefined;
}
