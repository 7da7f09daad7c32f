import type { Synthesis } from '../config/speech.ts';

/** Names of engines that are Twilio's: here they leave the voice to the language. */
const THEIR_VOICE = /^(?:Polly|Google|Amazon|ElevenLabs)\./i;
const SEXES = { man: 'm3', woman: 'f3', alice: 'f3' } as const;

/** The voice of the engine for a `voice` and a language of `<Say>`; undefined: the engine's own for the language. */
export function sayVoice(
  synthesis: Synthesis,
  voice: string | undefined,
  language: string,
): string | undefined {
  const own = voice === undefined || THEIR_VOICE.test(voice) ? undefined : voice;
  const sex = (['man', 'woman', 'alice'] as const).find((each) => each === own);
  if (synthesis.kind === 'command') return sex && SEXES[sex];
  if (sex === undefined && own !== undefined) return own;
  const { voices } = synthesis;
  return (
    (sex && (voices.get(sex) ?? (sex === 'alice' ? voices.get('woman') : undefined))) ??
    voiceOfLanguage(voices, language)
  );
}

/** Whether the words are said in that voice, or in one that stands for it. */
export function isVoiceKnown({ kind }: Synthesis, voice: string): boolean {
  // Which voices a service has, it alone knows.
  return kind !== 'command' || Object.hasOwn(SEXES, voice) || THEIR_VOICE.test(voice);
}

/** That of the tag itself, or of the tag with its last parts left off. RFC 4647 §3.4 */
function voiceOfLanguage(
  voices: ReadonlyMap<string, string>,
  language: string,
): string | undefined {
  const parts = language.toLowerCase().split('-');
  for (let count = parts.length; count > 0; count -= 1) {
    const voice = voices.get(parts.slice(0, count).join('-'));
    if (voice !== undefined) return voice;
  }
  return undefined;
}
