import { loopSource, samplesSource, SpeechError, toneSource, type AudioSource } from '@tutti/media';
import type { SayVerb } from '@tutti/twiml';
import { refusal } from '../../base/app-error.ts';
import type { LiveCall } from '../live-call.ts';
import { goOn, type Next } from '../next.ts';
import { sayVoice } from '../say-voice.ts';

/** Heard where words should be: three short low tones, so that nobody takes silence for a broken line. */
const ERROR_TONE = { frequenciesHz: [330], durationMs: 180, levelDbfs: -15 };
/** Twilio: voice/twiml/say#loop, 0 is until the call ends, which they cut at 1000 */
const LOOP_MAX = 1000;

/** Twilio: voice/twiml/say */
export async function runSay(
  live: LiveCall,
  verb: SayVerb,
  signal: AbortSignal = live.signal,
): Promise<Next> {
  const leg = await live.answer();
  if (leg !== undefined) await speak(live, verb, signal);
  return goOn;
}

/** Speaks on an answered call; without an engine an alert names what to install and a tone is heard. */
export async function speak(
  live: LiveCall,
  verb: SayVerb,
  signal: AbortSignal = live.signal,
): Promise<void> {
  const { leg } = live;
  if (leg === undefined) return;
  const source = await saySource(live, verb, signal);
  if (!signal.aborted) await leg.media.play(source, { signal });
}

/** What is heard of `<Say>`. */
export async function saySource(
  host: Pick<LiveCall, 'context' | 'alerts'>,
  verb: SayVerb,
  signal: AbortSignal,
): Promise<AudioSource> {
  const samples = await synthesize(host, verb, signal);
  if (samples === undefined) return loopSource(() => toneSource(ERROR_TONE), 3);
  const times = verb.loop === 0 ? LOOP_MAX : verb.loop;
  return loopSource(() => samplesSource(samples), times);
}

async function synthesize(
  { context, alerts }: Pick<LiveCall, 'context' | 'alerts'>,
  verb: SayVerb,
  signal: AbortSignal,
): Promise<Int16Array | undefined> {
  try {
    const language = verb.language ?? 'en-US';
    const voice = sayVoice(context.config.synthesis, verb.voice, language);
    const { samples } = await context.speech.synthesize({
      text: verb.text,
      language,
      signal,
      ...(voice === undefined ? {} : { voice }),
    });
    return samples;
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof SpeechError)) throw error;
    await alerts.of(
      refusal('speechEngineMissing', { problem: `<Say> could not speak: ${error.message}` }),
    );
    return undefined;
  }
}
