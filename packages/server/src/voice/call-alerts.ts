import type { Sid } from '@tutti/ids';
import type { ActionContext } from '../actions/context.ts';
import { alertLevel, raiseAlert, type NewAlert } from '../actions/raise-alert.ts';
import type { RequestError } from '../base/app-error.ts';
import type { FetchAlert } from '../callback/fetch-alert.ts';

interface Owner {
  readonly sid: Sid<'CA' | 'CF'>;
  readonly accountSid: Sid<'AC'>;
}

/** Raises the alerts of one call, or of one conference. */
export class CallAlerts {
  readonly #actions: ActionContext;
  readonly #call: Owner;

  constructor(actions: ActionContext, call: Owner) {
    this.#actions = actions;
    this.#call = call;
  }

  async raise(alert: Omit<NewAlert, 'accountSid'>): Promise<void> {
    const { accountSid, sid: resourceSid } = this.#call;
    await raiseAlert(this.#actions, { resourceSid, ...alert, accountSid });
  }

  /** Of what could not be done, at the level that the catalogue gives it. */
  async of(error: RequestError): Promise<void> {
    const level = alertLevel(error.errorName) ?? 'error';
    await this.raise({ errorCode: error.code, level, text: error.message });
  }

  /** Of requests to the customer's URLs, with what was sent and answered. */
  async ofFetch(alerts: readonly FetchAlert[]): Promise<void> {
    for (const { code: errorCode, level, text, exchange } of alerts) {
      await this.raise({ errorCode, level, text, exchange });
    }
  }
}
