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

/** A document of prompts, and where it is heard. */
export interface Prompts {
  readonly url: string;
  readonly method: HttpMethod;
  readonly parameters: Readonly<Record<string, string>>;
  /** A sound in place of a document is played over and over. */
  readonly repeat: boolean;
  readonly play: (source: AudioSource) => Promise<unknown>;
  readonly signal: AbortSignal;
}

/**
 * Runs the document of a waitUrl, HoldUrl or AnnounceUrl: Play, Say, Pause and Redirect. Returns what went wrong, which
 * an alert has said, or undefined. Twilio: voice/twiml/conference#attributes-waiturl
 */
export async function runPrompts(host: PromptHost, prompts: Prompts): Promise<string | undefined> {
  const { actions } = host.context;
  const { signal } = prompts;
  const cookies = new CookieJar();
  const { url, method } = prompts;
  let next: Pick<Prompts, 'url' | 'method'> | undefined = { url, method };
  for (let idle = 0; next !== undefined && !signal.aborted;) {
    const asked: Pick<Prompts, 'url' | 'method'> = next;
    next = undefined;
    const answer = await fetchTwiml(actions.sender, {
      ...asked,
      parameters: prompts.parameters,
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
    for (const verb of answer.document.verbs) {
      if (signal.aborted) return undefined;
      if (verb.verb === 'Redirect') {
        const target = await resolveUrl(host, answer, verb.url);
        if (target === undefined) return 'Its Redirect leads nowhere';
        next = { url: target, method: verb.method };
        break;
      }
      const refused = await runPrompt(host, answer.url, verb, prompts);
      if (refused !== undefined) return refused;
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

async function runPrompt(
  host: PromptHost,
  url: string,
  verb: Verb,
  { play, signal }: Prompts,
): Promise<string | undefined> {
  switch (verb.verb) {
    case 'Say':
      await play(await saySource(host, verb, signal));
      return undefined;
    case 'Play': {
      const source = await playSource(host, { url }, verb, signal);
      if (source !== undefined) await play(source);
      return undefined;
    }
    case 'Pause':
      await sleep(host.context.actions.clock, verb.lengthSec * 1000, signal);
      return undefined;
    default: {
      const error = refusal('conferencePromptVerb', { url: shownUrl(url), verb: nameOf(verb) });
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
