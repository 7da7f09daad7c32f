import { readTwiml } from './read-twiml.ts';
import type { TwimlDocument, TwimlError } from '@tutti/twiml';
import { alertText } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import { decodeText, mediaType } from './content-type.ts';
import type { CookieJar } from './cookie-jar.ts';
import { exchangeAlert, failureAlert, overrideAlerts, type FetchAlert } from './fetch-alert.ts';
import type { CallbackRequest, GoodAnswer, Sender } from './send.ts';
import type { Parameters } from './signature.ts';
import { shownUrl, withoutPassword } from './target.ts';

/** A voice request: what a call asks its application. */
export interface TwimlRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** Asked when `url` fails. Absent or empty: nobody. */
  readonly fallbackUrl?: string;
  /** Default POST. */
  readonly fallbackMethod?: 'GET' | 'POST';
  readonly parameters: Parameters;
  readonly authToken: string;
  /** Names one request; called once for each URL asked. */
  readonly idempotencyToken: () => string;
  /** The call's own. */
  readonly cookies: CookieJar;
  readonly signal?: AbortSignal;
}

interface Alerted {
  /** In the order of events; a warning stops nothing. */
  readonly alerts: readonly FetchAlert[];
}

/** The answer is a document. */
interface TwimlFetched extends Alerted {
  readonly ok: true;
  readonly kind: 'twiml';
  readonly document: TwimlDocument;
  /** What relative URLs of the document are relative to. */
  readonly url: string;
  readonly method: 'GET' | 'POST';
}

/** The answer is a sound: to be played, then the call ends. Twilio: voice/twiml#mime-types */
interface AudioFetched extends Alerted {
  readonly ok: true;
  readonly kind: 'audio';
  readonly body: Buffer;
  readonly contentType: string;
  readonly url: string;
}

interface TwimlNotFetched extends Alerted {
  readonly ok: false;
}

export type TwimlAnswer = TwimlFetched | AudioFetched | TwimlNotFetched;

/** Twilio: errors 11750 */
const maxTwimlBytes = 65_536;
const maxAudioBytes = 16 * 1024 * 1024;

const twimlTypes: readonly string[] = ['text/xml', 'application/xml', 'text/html'];

/**
 * Asks `url` what to do, and the fallback URL when that fails or answers no document. Never rejects. When
 * the signal gives it up the answer is a failure, and the alerts are those raised until then.
 *
 * Twilio: voice/twiml#twilio-request-parameters, usage/webhooks/voice-webhooks
 */
export async function fetchTwiml(sender: Sender, request: TwimlRequest): Promise<TwimlAnswer> {
  const { url, method, parameters, fallbackUrl = '', fallbackMethod = 'POST' } = request;
  const primary = await ask(sender, request, { url, method, parameters });
  if (primary.ok || primary.cause === undefined || fallbackUrl === '') return withoutCause(primary);

  const fallback = await ask(sender, request, {
    url: fallbackUrl,
    method: fallbackMethod,
    parameters: {
      ...parameters,
      ErrorCode: String(primary.cause.code),
      ErrorUrl: withoutPassword(url),
    },
  });
  return { ...withoutCause(fallback), alerts: [...primary.alerts, ...fallback.alerts] };
}

type Asked = Pick<CallbackRequest, 'url' | 'method' | 'parameters'>;

/** `cause` is the alert that made it fail; absent when the request was given up. */
type Attempt =
  TwimlFetched | AudioFetched | (TwimlNotFetched & { readonly cause: FetchAlert | undefined });

async function ask(sender: Sender, request: TwimlRequest, asked: Asked): Promise<Attempt> {
  const answer = await sender.send({
    ...asked,
    authToken: request.authToken,
    idempotencyToken: request.idempotencyToken(),
    cookies: request.cookies,
    maxBodyBytes: (contentType) => (isAudio(contentType) ? maxAudioBytes : maxTwimlBytes),
    ...(request.signal !== undefined && { signal: request.signal }),
  });
  if (!answer.ok && answer.givenUp) return { ok: false, alerts: [], cause: undefined };

  const attempt = answer.ok ? readAnswer(asked, answer) : refused(failureAlert(asked, answer));
  return { ...attempt, alerts: [...overrideAlerts(asked, answer), ...attempt.alerts] };
}

function readAnswer(asked: Asked, answer: GoodAnswer): Attempt {
  const contentType = answer.headers['content-type'];
  const type = mediaType(contentType);
  const { url, body, status } = answer;
  const accept = (document: TwimlDocument, alerts: readonly FetchAlert[]): TwimlFetched => ({
    ok: true,
    kind: 'twiml',
    document,
    url,
    method: asked.method,
    alerts: [...alerts, ...documentAlerts(asked, answer, document)],
  });

  // No Content: the application has nothing for us to do and says so.
  if (status === 204) return accept({ verbs: [], warnings: [] }, []);
  if (isAudio(contentType)) {
    return { ok: true, kind: 'audio', body, contentType: contentType ?? type, url, alerts: [] };
  }
  if (twimlTypes.includes(type)) {
    const parsed = readTwiml(decodeText(body, contentType));
    return parsed.ok
      ? accept(parsed.value, [])
      : refused(invalidAlert(asked, answer, parsed.error));
  }
  if (type === 'text/plain') {
    const text = decodeText(body, contentType);
    const parsed = readTwiml(text);
    if (parsed.ok) return accept(parsed.value, []);
    const spoken = text.trim() === '' ? parsed : readTwiml(sayText(text));
    if (!spoken.ok) return refused(invalidAlert(asked, answer, spoken.error));
    const meant = text.trimStart().startsWith('<');
    return accept(spoken.value, meant ? [readAloudAlert(asked, answer, parsed.error)] : []);
  }
  return refused(contentTypeAlert(asked, answer, contentType));
}

function isAudio(contentType: string | undefined): boolean {
  return mediaType(contentType).startsWith('audio/');
}

/** A document that reads `text` aloud. What XML cannot carry is not speech either. */
function sayText(text: string): string {
  const escaped = text
    .replaceAll(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  return `<Response><Say>${escaped}</Say></Response>`;
}

function documentAlerts(
  asked: Asked,
  answer: GoodAnswer,
  document: TwimlDocument,
): readonly FetchAlert[] {
  const url = shownUrl(answer.url);
  return document.warnings.map((warning) => {
    const problem = `${warning.message}${place(warning)}`;
    return exchangeAlert(asked, answer, {
      code: warning.code,
      level: 'warning',
      text: alertText('twimlWarning', { url, problem }),
    });
  });
}

function invalidAlert(asked: Asked, answer: GoodAnswer, error: TwimlError): FetchAlert {
  const problem =
    answer.body.length === 0
      ? 'The body is empty. Answer at least <Response/>, or the status 204.'
      : `${error.message}${place(error)}`;
  return exchangeAlert(asked, answer, {
    code: error.code,
    level: 'error',
    text: alertText('twimlInvalid', { url: shownUrl(answer.url), problem }),
  });
}

function readAloudAlert(asked: Asked, answer: GoodAnswer, error: TwimlError): FetchAlert {
  const problem = `It is text/plain and no TwiML, so it is read aloud: ${error.message}${place(error)}`;
  return exchangeAlert(asked, answer, {
    code: catalogue.twimlWarning.code,
    level: 'warning',
    text: alertText('twimlWarning', { url: shownUrl(answer.url), problem }),
  });
}

function contentTypeAlert(
  asked: Asked,
  answer: GoodAnswer,
  contentType: string | undefined,
): FetchAlert {
  const problem = contentType === undefined ? 'missing' : JSON.stringify(contentType);
  return exchangeAlert(asked, answer, {
    code: catalogue.twimlContentType.code,
    level: 'error',
    text: alertText('twimlContentType', { url: shownUrl(answer.url), problem }),
  });
}

function place({ line, column }: { readonly line?: number; readonly column?: number }): string {
  if (line === undefined) return '';
  return column === undefined ? ` (line ${line})` : ` (line ${line}, column ${column})`;
}

function refused(cause: FetchAlert): Attempt {
  return { ok: false, alerts: [cause], cause };
}

function withoutCause(attempt: Attempt): TwimlAnswer {
  return attempt.ok ? attempt : { ok: false, alerts: attempt.alerts };
}
