import type { Sid } from '@tutti/ids';
import { catalogue, type CatalogueEntry, type ErrorName } from '../base/error-catalogue.ts';
import { insertAlert } from '../store/alerts.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext } from './context.ts';

/** Characters kept of what was sent and of what was answered: an answer may be a whole recording. */
const KEPT_MAX = 4096;
/** Parameters whose values are nobody's to read: alerts are shown to every key of the account. */
const secretName = /password|secret|token$/i;

/** The HTTP exchange an alert is about. */
interface AlertedExchange {
  readonly method: string;
  readonly url: string;
  /** URL-encoded, as Twilio shows them. Kept with secrets masked, and cut. */
  readonly variables?: string | undefined;
  readonly responseHeaders?: string | undefined;
  /** Kept cut. */
  readonly responseBody?: string | undefined;
}

export interface NewAlert {
  readonly accountSid: Sid<'AC'>;
  readonly errorCode: number;
  readonly level: 'error' | 'warning';
  readonly text: string;
  readonly resourceSid?: string | undefined;
  readonly serviceSid?: string | undefined;
  readonly exchange?: AlertedExchange | undefined;
}

/** Keeps an alert for the account to see: in the API, the console and `tutti tail`. */
export async function raiseAlert(context: ActionContext, alert: NewAlert): Promise<Sid<'NO'>> {
  return context.transact((tx) => addAlert(tx, context, alert));
}

/** As `raiseAlert`, inside a transaction under way. */
export async function addAlert(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  alert: NewAlert,
): Promise<Sid<'NO'>> {
  const sid = ids.sid('NO');
  await insertAlert(tx, {
    sid,
    accountSid: alert.accountSid,
    serviceSid: alert.serviceSid ?? null,
    resourceSid: alert.resourceSid ?? null,
    errorCode: alert.errorCode,
    logLevel: alert.level,
    alertText: alert.text,
    requestMethod: alert.exchange?.method ?? null,
    requestUrl: alert.exchange?.url ?? null,
    requestVariables: shownVariables(alert.exchange?.variables) ?? null,
    requestHeaders: null,
    responseHeaders: alert.exchange?.responseHeaders ?? null,
    responseBody: alert.exchange?.responseBody?.slice(0, KEPT_MAX) ?? null,
    dateCreated: clock.now(),
  });
  return sid;
}

function shownVariables(form: string | undefined): string | undefined {
  return form
    ?.replaceAll(/([^&=]+)=[^&]*/g, (pair: string, sentName: string) => {
      const [name = ''] = new URLSearchParams(pair).keys();
      return secretName.test(name) ? `${sentName}=***` : pair;
    })
    .slice(0, KEPT_MAX);
}

/** The level the catalogue gives `name`, or undefined when it raises no alert. */
export function alertLevel(name: ErrorName): 'error' | 'warning' | undefined {
  const entry: CatalogueEntry = catalogue[name];
  return entry.alert;
}
