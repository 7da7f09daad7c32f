import {
  loopSource,
  samplesSource,
  sequenceSource,
  silenceSource,
  SpeechError,
  toneSource,
  type AudioSource,
  type SpeechRequest,
  type SpeechRun,
  type SpeechStyle,
} from '@tutti/media';
import type { SayVerb } from '@tutti/twiml';
import { refusal } from '../../base/app-error.ts';
import type { VoiceContext } from '../context.ts';
import type { LiveCall } from '../live-call.ts';
import { goOn, type Next } from '../next.ts';
import { isVoiceKnown, sayVoice } from '../say-voice.ts';
import { voiceLanguage } from '../voice-language.ts';

/** Heard where words should be: three short low tones, so that nobody takes silence for a broken line. */
const ERROR_TONE = { frequenciesHz: [330], durationMs: 180, levelDbfs: -15 };
/** Twilio: voice/twiml/say#loop, 0 is until the call ends, which they cut at 1000 */
const LOOP_MAX = 1000;
/** Twilio: voice/twiml/say#language */
const DEFAULT_LANGUAGE = 'en-US';

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
  const heard = await synthesize(host, verb, signal);
  if (heard === undefined) return loopSource(() => toneSource(ERROR_TONE), 3);
  const times = verb.loop === 0 ? LOOP_MAX : verb.loop;
  return loopSource(
    () =>
      sequenceSource(
        heard.map((part) =>
          'pauseMs' in part ? silenceSource(part.pauseMs) : samplesSource(part.samples),
        ),
      ),
    times,
  );
}

type Heard = { readonly pauseMs: number } | { readonly samples: Int16Array };

async function synthesize(
  { context, alerts }: Pick<LiveCall, 'context' | 'alerts'>,
  verb: SayVerb,
  signal: AbortSignal,
): Promise<readonly Heard[] | undefined> {
  try {
    const heard: Heard[] = [];
    for (const part of inLanguages(verb)) {
      if ('pauseMs' in part) heard.push(part);
      else heard.push(await context.speech.synthesize({ ...request(context, verb, part), signal }));
    }
    await warnOfUnheard({ context, alerts }, verb);
    return heard;
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof SpeechError)) throw error;
    await alerts.of(
      refusal('speechEngineMissing', { problem: `<Say> could not speak: ${error.message}` }),
    );
    return undefined;
  }
}

function request(
  { config }: VoiceContext,
  verb: SayVerb,
  { text, language }: InLanguage,
): SpeechRequest {
  const voice = sayVoice(config.synthesis, verb.voice, language);
  return { text, language, ...(voice === undefined ? {} : { voice }) };
}

/** What an engine is asked for at once. */
interface InLanguage {
  readonly language: string;
  readonly text: string | readonly SpeechRun[];
}

/** What is spoken unless an element inside says otherwise. */
function languageOf({ language, voice }: SayVerb): string {
  return language ?? (voice === undefined ? undefined : voiceLanguage(voice)) ?? DEFAULT_LANGUAGE;
}

/** The words of the verb between pauses and changes of the language. */
function inLanguages(verb: SayVerb): readonly (InLanguage | { readonly pauseMs: number })[] {
  const usual = languageOf(verb);
  if (verb.parts === undefined) return [{ language: usual, text: verb.text }];
  const list: ({ language: string; text: SpeechRun[] } | { readonly pauseMs: number })[] = [];
  for (const part of verb.parts) {
    if ('pauseMs' in part) {
      list.push(part);
      continue;
    }
    const { language = usual, ...run } = part;
    const last = list.at(-1);
    if (last !== undefined && 'text' in last && last.language === language) last.text.push(run);
    else list.push({ language, text: [run] });
  }
  return list;
}

/** How SSML writes what a style has. */
const WRITTEN = {
  ratePercent: '<prosody rate>',
  pitchPercent: '<prosody pitch>',
  volumePercent: '<prosody volume>',
  emphasis: '<emphasis>',
  spell: '<say-as>',
} as const satisfies Record<keyof SpeechStyle, string>;

/** Says which voice the engine has not, and what of the SSML it says plainly. */
async function warnOfUnheard(
  { context, alerts }: Pick<LiveCall, 'context' | 'alerts'>,
  verb: SayVerb,
): Promise<void> {
  const { voice, parts = [] } = verb;
  const { carries, name: engine } = context.speech;
  if (voice !== undefined && !isVoiceKnown(context.config.synthesis, voice)) {
    await alerts.of(refusal('sayVoiceUnknown', { voice, engine, language: languageOf(verb) }));
  }
  const styles = (Object.keys(WRITTEN) as (keyof SpeechStyle)[]).filter(
    (style) => !carries.has(style) && parts.some((part) => style in part),
  );
  if (styles.length === 0) return;
  const name = styles.map((style) => WRITTEN[style]).join(', ');
  const problem = `It stands in <Say>, and the speech engine in use (${engine}) takes plain text: the words are said without it. espeak-ng carries it.`;
  await alerts.of(refusal('parameterWithoutEffect', { name, problem }));
}
