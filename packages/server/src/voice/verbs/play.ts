import { loadAudio, loopSource, samplesSource, type AudioSource } from '@tutti/media';
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
  running: Pick<RunningDocument, 'url'>,
  verb: PlayVerb,
  signal: AbortSignal = live.signal,
): Promise<Next> {
  const leg = await live.answer();
  if (leg === undefined) return goOn;
  if (verb.digits !== undefined) await live.sendDigits(verb.digits, signal);
  const source = signal.aborted ? undefined : await playSource(live, running, verb, signal);
  if (source !== undefined) await leg.media.play(source, { signal });
  return goOn;
}

type Host = Pick<LiveCall, 'context' | 'alerts' | 'authToken'>;

/** What is heard of `<Play>`; undefined when it names no sound, or an alert has said what is wrong with it. */
export async function playSource(
  host: Host,
  running: Pick<RunningDocument, 'url'>,
  verb: PlayVerb,
  signal: AbortSignal,
): Promise<AudioSource | undefined> {
  if (verb.url === undefined) return undefined;
  const samples = await fetchSamples(host, running, verb.url, signal);
  return samples && loopSource(() => samplesSource(samples), verb.loop);
}

async function fetchSamples(
  live: Host,
  running: Pick<RunningDocument, 'url'>,
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
  const decoded = await loadAudio(answer.bytes, answer.contentType);
  if (decoded.ok) return decoded.value.samples;
  await live.alerts.of(
    refusal('playContentType', { url: shownUrl(url), problem: decoded.error.message }),
  );
  return undefined;
}
