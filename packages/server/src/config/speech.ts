import { parseUrl } from '../base/parse-url.ts';
import type { Env, EnvName } from './env.ts';
import { Secret } from './secret.ts';

/** An HTTP service of OpenAI's shape. */
interface SpeechService {
  /** What its paths are put after: `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  readonly key: Secret | undefined;
  readonly model: string;
}

/** What recognises speech. */
export type Recognition =
  | { readonly kind: 'command'; readonly command: string }
  | ({ readonly kind: 'service' } & SpeechService);

/** What speaks. */
export type Synthesis =
  | { readonly kind: 'command'; readonly command: string }
  | ({
      readonly kind: 'service';
      /** That speaks where no other is meant. */
      readonly voice: string;
      /** By language in small letters, and of `man` and `woman`. */
      readonly voices: ReadonlyMap<string, string>;
    } & SpeechService);

/** The variables of a service. */
interface ServiceNames {
  readonly url: 'TUTTI_ASR_URL' | 'TUTTI_SPEECH_URL';
  readonly key: 'TUTTI_ASR_KEY' | 'TUTTI_SPEECH_KEY';
  readonly model: 'TUTTI_ASR_MODEL' | 'TUTTI_SPEECH_MODEL';
}

/** Reads which engine recognises speech: a service where one is named, else a program. */
export function readRecognition(env: Env): {
  readonly value: Recognition;
  readonly problems: readonly string[];
} {
  const names = { url: 'TUTTI_ASR_URL', key: 'TUTTI_ASR_KEY', model: 'TUTTI_ASR_MODEL' } as const;
  const { service, problems } = readService(env, names, 'whisper-1');
  const command = env.TUTTI_ASR_COMMAND ?? 'pocketsphinx_continuous';
  return {
    value: service === undefined ? { kind: 'command', command } : { kind: 'service', ...service },
    problems,
  };
}

/** Reads which engine speaks: a service where one is named, else a program. */
export function readSynthesis(env: Env): {
  readonly value: Synthesis;
  readonly problems: readonly string[];
} {
  const names = {
    url: 'TUTTI_SPEECH_URL',
    key: 'TUTTI_SPEECH_KEY',
    model: 'TUTTI_SPEECH_MODEL',
  } as const;
  const { service, problems } = readService(env, names, 'tts-1');
  const given = env.TUTTI_SPEECH_VOICES;
  if (service === undefined) {
    const command = env.TUTTI_SPEECH_COMMAND ?? 'espeak-ng';
    const needless = given === undefined ? [] : [needsUrl('TUTTI_SPEECH_VOICES', names)];
    return { value: { kind: 'command', command }, problems: [...problems, ...needless] };
  }
  const { voice, voices, problem } = readVoices(given ?? '');
  return {
    value: { kind: 'service', ...service, voice, voices },
    problems: problem === undefined ? problems : [...problems, problem],
  };
}

/** Reads `alloy,de=onyx,woman=nova`. */
function readVoices(text: string): {
  readonly voice: string;
  readonly voices: ReadonlyMap<string, string>;
  readonly problem: string | undefined;
} {
  const voices = new Map<string, string>();
  let voice = 'alloy';
  let problem: string | undefined;
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const [, of, name = ''] = /^(?:([a-z]{2,8}(?:-[a-z0-9]{1,8})*)=)?([^=\s]+)$/i.exec(part) ?? [];
    if (name === '') {
      problem = `TUTTI_SPEECH_VOICES=${part}: expected voices of the service, with the language or man or woman before them, as alloy,de=onyx,woman=nova`;
    } else if (of === undefined) voice = name;
    else voices.set(of.toLowerCase(), name);
  }
  return { voice, voices, problem };
}

function needsUrl(name: EnvName, names: ServiceNames): string {
  return `${name} needs ${names.url}: it is for that service`;
}

function readService(
  env: Env,
  names: ServiceNames,
  defaultModel: string,
): { readonly service: SpeechService | undefined; readonly problems: readonly string[] } {
  const url = env[names.url];
  const key = env[names.key];
  if (url === undefined) {
    const problems = [names.key, names.model]
      .filter((name) => env[name] !== undefined)
      .map((name) => needsUrl(name, names));
    return { service: undefined, problems };
  }
  return {
    service: {
      url,
      key: key === undefined ? undefined : new Secret(key),
      model: env[names.model] ?? defaultModel,
    },
    problems: isServiceUrl(url)
      ? []
      : [
          // It may hold a key, so the problem does not repeat it.
          `${names.url}: expected what the paths of the service are put after, as http://127.0.0.1:8000/v1; a key goes into ${names.key}`,
        ],
  };
}

function isServiceUrl(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined) return false;
  const { protocol, username, password, search, hash } = url;
  return ['http:', 'https:'].includes(protocol) && username + password + search + hash === '';
}
