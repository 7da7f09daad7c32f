import { parseUrl } from '../base/parse-url.ts';
import type { Env } from './env.ts';
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

/** The variables of a service. */
interface ServiceNames {
  readonly url: 'TUTTI_ASR_URL';
  readonly key: 'TUTTI_ASR_KEY';
  readonly model: 'TUTTI_ASR_MODEL';
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
      .map((name) => `${name} needs ${names.url}: it is for that service`);
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
