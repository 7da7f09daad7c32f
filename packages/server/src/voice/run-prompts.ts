import { loadAudio, loopSource, samplesSource, type AudioSource } from '@tutti/media';
import type { Verb } from '@tutti/twiml';
import { refusal } from '../base/app-error.ts';
import { sleep } from '../base/clock.ts';
import { CookieJar } from '../callback/cookie-jar.ts';
import { fetchTwiml } from '../callback/fetch-twiml.ts';
import { shownUrl } from '../callback/target.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import type { CallAlerts } from './call-alerts.ts';
import type { VoiceContext } from './context.ts';
import { goOn, type Next } from './next.ts';
import { resolveUrl } from './resolve-url.ts';
import { playSource } from './verbs/play.ts';
import { saySource } from './verbs/say.ts';

/** Documents in a row that play nothing before it is left at that. */
const IDLE_DOCUMENTS_MAX = 20;
const IDLE_MS = 200;

/** Whose prompts they are: a call's or a conference's. */
export interface PromptHost {
  readonly context: VoiceContext;
  readonly alerts: CallAlerts;
  authToken(): Promise<string>;
}

/** The next document, and what is told beside what every request of these prompts tells. */
interface Asked extends Pick<Prompts, 'url' | 'method'> {
  readonly parameters: Readonly<Record<string, string>>;
}

/** A document of prompts, and where it is heard. */
export interface Prompts {
  readonly url: string;
  readonly method: HttpMethod;
  /** What each request tells, beside what a verb has to say. */
  readonly parameters: () => Promise<Readonly<Record<string, string>>>;
  /** A sound in place of a document is played over and over. */
  readonly repeat: boolean;
  /** Whether the document is asked for again at its end; one without verbs is silence. Default: it is not. */
  readonly again?: boolean;
  /** Runs a verb that is no prompt; undefined when it has no place there. Default: none has. */
  readonly runOther?: (verb: Verb, url: string) => Promise<Next | undefined>;
  /** What is raised of a verb that has no place there. */
  readonly refused: 'conferencePromptVerb' | 'queueWaitVerb' | 'queueWhisperVerb';
  readonly play: (source: AudioSource) => Promise<unknown>;
  /** Lets them hear keys. */
  readonly press: (digits: string) => Promise<unknown>;
  readonly signal: AbortSignal;
}

/**
 * Runs the document of a waitUrl, HoldUrl or AnnounceUrl, or a whisper: Play, Say, Pause and Redirect. Returns what went
 * wrong, which an alert has said, or undefined. Twilio: voice/twiml/conference#attributes-waiturl
 */
export async function runPrompts(host: PromptHost, prompts: Prompts): Promise<string | undefined> {
  const { actions } = host.context;
  const { signal } = prompts;
  const cookies = new CookieJar();
  const first: Asked = { url: prompts.url, method: prompts.method, parameters: {} };
  let next: Asked | undefined = first;
  for (let idle = 0; next !== undefined && !signal.aborted;) {
    const asked: Asked = next;
    const answer = await fetchTwiml(actions.sender, {
      ...asked,
      parameters: { ...(await prompts.parameters()), ...asked.parameters },
      authToken: await host.authToken(),
      idempotencyToken: () => actions.ids.uuid(),
      cookies,
      signal,
    });
    if (signal.aborted) return undefined;
    await host.alerts.ofFetch(answer.alerts);
    if (!answer.ok) return answer.alerts.at(-1)?.text ?? 'The document could not be had';
    const startedAt = actions.clock.elapsedMs();
    if (answer.kind === 'audio') {
      const decoded = await loadAudio(answer.body, answer.contentType);
      if (!decoded.ok) return failed(host, asked.url, decoded.error.message);
      const { samples } = decoded.value;
      await prompts.play(loopSource(() => samplesSource(samples), prompts.repeat ? 0 : 1));
      return undefined;
    }
    const { verbs } = answer.document;
    next = prompts.again === true && verbs.length > 0 ? first : undefined;
    for (const verb of verbs) {
      if (signal.aborted) return undefined;
      const done = await runPrompt(host, answer.url, verb, prompts);
      if (typeof done === 'string') return done;
      if (done.kind === 'fetch') {
        next = done;
        break;
      }
      if (done.kind !== 'continue') return 'It could not go on';
    }
    idle = actions.clock.elapsedMs() - startedAt < IDLE_MS ? idle + 1 : 0;
    if (idle === IDLE_DOCUMENTS_MAX && next !== undefined) {
      const last = shownUrl(next.url);
      const error = refusal('promptLoop', { limit: IDLE_DOCUMENTS_MAX, url: last });
      await host.alerts.of(error);
      return error.message;
    }
  }
  return undefined;
}

/** What the verb leads to, or what went wrong. */
async function runPrompt(
  host: PromptHost,
  url: string,
  verb: Verb,
  { play, press, signal, runOther, refused }: Prompts,
): Promise<Next | string> {
  switch (verb.verb) {
    case 'Say':
      await play(await saySource(host, verb, signal));
      return goOn;
    case 'Play': {
      if (verb.digits !== undefined) await press(verb.digits);
      const source = await playSource(host, { url }, verb, signal);
      if (source !== undefined) await play(source);
      return goOn;
    }
    case 'Pause':
      await sleep(host.context.actions.clock, verb.lengthSec * 1000, signal);
      return goOn;
    case 'Redirect': {
      const target = await resolveUrl(host, { url }, verb.url);
      if (target === undefined) return 'Its Redirect leads nowhere';
      return { kind: 'fetch', url: target, method: verb.method, parameters: {} };
    }
    default: {
      const next = await runOther?.(verb, url);
      if (next !== undefined) return next;
      const error = refusal(refused, { url: shownUrl(url), verb: nameOf(verb) });
      await host.alerts.of(error);
      return error.message;
    }
  }
}

function nameOf(verb: Verb): string {
  return verb.verb === 'Unsupported' ? verb.name : verb.verb;
}

async function failed(host: PromptHost, url: string, problem: string): Promise<string> {
  const error = refusal('playContentType', { url: shownUrl(url), problem });
  await host.alerts.of(error);
  return error.message;
}
