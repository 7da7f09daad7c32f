import { createHash } from 'node:crypto';
import type { Sid } from '@tutti/ids';
import { alertText } from '../base/app-error.ts';
import type { Instant } from '../base/clock.ts';
import {
  catalogue,
  type CatalogueEntry,
  type ErrorName,
  type ErrorParameters,
} from '../base/error-catalogue.ts';
import { Redaction } from '../base/redact.ts';
import type { AlertedExchange } from '../callback/alerted-exchange.ts';
import type { Account } from '../model/account.ts';
import type { Alert } from '../model/alert.ts';
import { findAccount } from '../store/accounts.ts';
import { afterCommit } from '../store/after-commit.ts';
import {
  findAlertByFloodKey,
  insertAlert,
  lockAlertFamily,
  replaceAlert,
} from '../store/alerts.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext } from './context.ts';
import { tellDebugger } from './tell-debugger.ts';

/** Characters kept of what was sent and of what was answered: an answer may be a whole recording. */
const KEPT_MAX = 4096;
/** Within one such span from midnight the same alert is kept once. */
const WINDOW_MS = 3_600_000;
/** Alerts of one family kept apart in a window; those beyond are counted in one more. */
export const FAMILY_MAX = 20;

export interface NewAlert {
  readonly accountSid: Sid<'AC'>;
  readonly errorCode: number;
  readonly level: 'error' | 'warning';
  readonly text: string;
  readonly resourceSid?: string | undefined;
  readonly serviceSid?: string | undefined;
  readonly exchange?: AlertedExchange | undefined;
  /**
   * Makes a family of all alerts of one code that come from there, where the text or the path is written by somebody
   * who may write anything. Default: the URL and the text, but for what differs from one to the next.
   */
  readonly source?: string | undefined;
}

/** What the alerts that one exchange raises have in common. */
type AlertCause = Omit<NewAlert, 'errorCode' | 'level' | 'text'>;
/** What each of them says. */
export type AlertSaid = Pick<NewAlert, 'errorCode' | 'level' | 'text'>;

/** Keeps an alert for the account to see: in the API, the console, `tutti tail` and its debugger webhook. */
export async function raiseAlert(context: ActionContext, alert: NewAlert): Promise<Sid<'NO'>> {
  const account = await findAccount(context.db, alert.accountSid);
  const [shown] = redacted(alert, [alert], account);
  return context.transact((tx) => keep(tx, context, alert, shown, account));
}

/** As `raiseAlert`, for all that one exchange raises: its secrets are masked once, and while nobody is kept waiting. */
export async function raiseAlerts(
  context: ActionContext,
  cause: AlertCause,
  said: readonly AlertSaid[],
): Promise<void> {
  const account = await findAccount(context.db, cause.accountSid);
  const shown = redacted(cause, said, account);
  await context.transact(async (tx) => {
    for (const each of shown) await keep(tx, context, cause, each, account);
  });
}

/** As `raiseAlert`, inside a transaction under way. */
export async function addAlert(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'metrics'>,
  alert: NewAlert,
): Promise<Sid<'NO'>> {
  const account = await findAccount(tx, alert.accountSid);
  const [shown] = redacted(alert, [alert], account);
  return keep(tx, context, alert, shown, account);
}

/**
 * The same alert again within the hour counts up the one that is there, which becomes the newest and shows the last
 * request. So do alerts that only resemble each other once there are `FAMILY_MAX` of them: who sends calls to a
 * million numbers leaves twenty-one records an hour.
 */
async function keep(
  tx: Tx,
  context: Pick<ActionContext, 'ids' | 'clock' | 'metrics'>,
  { source, exchange }: AlertCause,
  shown: Shown,
  account: Account | undefined,
): Promise<Sid<'NO'>> {
  const now = context.clock.now();
  afterCommit(tx, () => context.metrics.alerts.with(String(shown.errorCode), shown.logLevel).inc());
  const window = Math.floor(now / WINDOW_MS);
  const familyKey = keyOf(window, 'family', shown, familyOf(source, shown));
  const ownKey = keyOf(window, 'same', shown, [
    shown.serviceSid,
    shown.resourceSid,
    shown.requestMethod,
    withoutQueries(shown.requestUrl ?? ''),
    shown.alertText,
  ]);

  const kept = await lockAlertFamily(tx, familyKey);
  const same = await findAlertByFloodKey(tx, ownKey);
  const isBeyond = same === undefined && kept >= FAMILY_MAX;
  const floodKey = isBeyond ? keyOf(window, 'beyond', shown, [familyKey]) : ownKey;
  const before = isBeyond ? await findAlertByFloodKey(tx, floodKey) : same;

  const next: New<Alert> = {
    ...shown,
    alertText: isBeyond ? `${shown.alertText} ${BEYOND}` : shown.alertText,
    sid: before?.sid ?? context.ids.sid('NO'),
    floodKey,
    familyKey,
    occurrences: (before?.occurrences ?? 0) + 1,
    dateLastOccurred: now,
    dateCreated: before?.dateCreated ?? now,
  };
  if (before === undefined) await insertAlert(tx, next);
  else await replaceAlert(tx, next);
  if (isTold(next.occurrences)) {
    await tellDebugger(tx, context, account, next, exchange?.status);
  }
  return next.sid;
}

const BEYOND = `(More than ${FAMILY_MAX} alerts like this one within the hour: this is the last, and the others beyond are counted with it.)`;

/** The first time, the tenth, the hundredth …: a flood is told of, and does not become one of webhooks. */
function isTold(occurrences: number): boolean {
  return /^10*$/.test(String(occurrences));
}

type Shown = Omit<
  New<Alert>,
  'sid' | 'floodKey' | 'familyKey' | 'occurrences' | 'dateLastOccurred' | 'dateCreated'
>;

/**
 * The alerts without secrets, each part cut to what is kept. What is sent may be made to be slow to read, so it is cut
 * before it is read, too: to twice what is kept, because masks are shorter than what they stand for.
 */
function redacted<const S extends readonly AlertSaid[]>(
  { accountSid, serviceSid, resourceSid, exchange }: AlertCause,
  said: S,
  account: Account | undefined,
): { readonly [K in keyof S]: Shown } {
  const tokens = [account?.authToken, account?.secondaryAuthToken];
  const redaction = new Redaction(tokens.filter((token) => token != null));
  const text = (sent: string): string => redaction.text(beginning(sent));
  // By names first, all of them: a secret that is found in the last part may be repeated in the first.
  const texts = said.map((each) => text(each.text));
  const masked = {
    // An empty segment of a path names nothing.
    resourceSid: resourceSid === '' ? undefined : resourceSid && text(resourceSid),
    requestUrl: exchange && text(exchange.url.replace(/#.*$/s, '')),
    requestVariables: exchange?.variables && redaction.form(beginning(exchange.variables)),
    requestHeaders: exchange?.requestHeaders && headers(redaction, exchange.requestHeaders),
    responseHeaders: exchange?.responseHeaders && headers(redaction, exchange.responseHeaders),
    responseBody: exchange?.responseBody && text(exchange.responseBody),
  };
  const kept = (part: string | undefined): string | null =>
    part === undefined ? null : redaction.echoes(part).slice(0, KEPT_MAX);
  const shared = {
    accountSid,
    serviceSid: serviceSid ?? null,
    resourceSid: kept(masked.resourceSid),
    requestMethod: exchange?.method ?? null,
    requestUrl: kept(masked.requestUrl),
    requestVariables: kept(masked.requestVariables),
    requestHeaders: kept(masked.requestHeaders),
    responseHeaders: kept(masked.responseHeaders),
    responseBody: kept(masked.responseBody),
  };
  return said.map(({ errorCode, level }, i) => ({
    ...shared,
    errorCode,
    logLevel: level,
    alertText: kept(texts[i]) ?? '',
  })) as { readonly [K in keyof S]: Shown };
}

/**
 * Of `text` what is read of it. It ends where no secret does that is known by what follows it, as the password in
 * `https://user:password@host`, or by standing elsewhere too; a text without any such place ends anywhere.
 */
function beginning(text: string): string {
  const longest = 2 * KEPT_MAX;
  if (text.length <= longest) return text;
  const end = /^[^]*[\s&"<>]/.exec(text.slice(0, longest))?.[0].length ?? 0;
  return text.slice(0, end < KEPT_MAX ? longest : end);
}

function headers(redaction: Redaction, sent: Readonly<Record<string, string>>): string {
  const shown = Object.entries(sent).map(([name, value]) => [
    name,
    redaction.value(name, beginning(value)),
  ]);
  return new URLSearchParams(shown as [string, string][]).toString();
}

function keyOf(
  window: Instant,
  kind: 'same' | 'family' | 'beyond',
  { accountSid, errorCode, logLevel }: Shown,
  parts: readonly (string | null)[],
): string {
  const text = JSON.stringify([window, kind, accountSid, errorCode, logLevel, ...parts]);
  return createHash('sha256').update(text).digest('base64url');
}

function familyOf(source: string | undefined, shown: Shown): readonly string[] {
  if (source !== undefined) return [source];
  return [shapeOf(shown.requestUrl ?? ''), shapeOf(shown.alertText)];
}

/** `text` without what differs from one resource to the next: SIDs, UUIDs, numbers, queries. */
function shapeOf(text: string): string {
  return withoutQueries(text).replaceAll(
    /\b[A-Z]{2}[0-9a-f]{32}\b|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\d+/g,
    '#',
  );
}

function withoutQueries(text: string): string {
  return text.replaceAll(/\?[^\s"'<>]*/g, '');
}

/** Names of the codes that raise alerts. */
type AlertName = {
  [N in ErrorName]: (typeof catalogue)[N] extends { readonly alert: string } ? N : never;
}[ErrorName];

/** Code, level and text of the alert `name`, as the catalogue has them. */
export function alertNamed<N extends AlertName>(
  name: N,
  parameters: ErrorParameters<N>,
): AlertSaid {
  const { code, alert } = catalogue[name];
  return { errorCode: code, level: alert, text: alertText(name, parameters) };
}

/** The level the catalogue gives `name`, or undefined when it raises no alert. */
export function alertLevel(name: ErrorName): 'error' | 'warning' | undefined {
  const entry: CatalogueEntry = catalogue[name];
  return entry.alert;
}
