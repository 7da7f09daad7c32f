import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { isLive, type Call } from '../model/call.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { lockCall, updateCall } from '../store/calls.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import { addAlert, alertNamed } from './raise-alert.ts';
import { bindCall } from './bind-call.ts';
import type { ActionContext } from './context.ts';
import { endCall } from './record-call-progress.ts';
import { findOpenConductor } from './find-conductor.ts';

export interface CallChange {
  readonly status?: 'canceled' | 'completed' | undefined;
  readonly url?: string | undefined;
  readonly method?: HttpMethod | undefined;
  readonly twiml?: string | undefined;
  /** null removes it. */
  readonly fallbackUrl?: string | null | undefined;
  readonly fallbackMethod?: HttpMethod | undefined;
  /** null removes it. */
  readonly statusCallback?: string | null | undefined;
  readonly statusCallbackMethod?: HttpMethod | undefined;
  readonly timeLimitSec?: number | undefined;
  readonly conductorSid?: Sid<'CN'> | undefined;
}

/**
 * Redirects, binds or ends a live call.
 *
 * @throws RequestError notFound, invalidCallState, invalidParameter and those of the Conductor
 */
export async function changeCall(
  context: ActionContext,
  where: { readonly accountSid: Sid<'AC'>; readonly callSid: Sid<'CA'> },
  change: CallChange,
): Promise<Call> {
  requireOneEnd(change);
  return context.transact(async (tx) => {
    const found = await lockCall(tx, where.callSid);
    if (found === undefined || found.accountSid !== where.accountSid) {
      throw refusal('notFound', { path: `/Calls/${where.callSid}` });
    }
    if (change.method !== undefined && change.url === undefined) {
      const said = alertNamed('parameterWithoutEffect', methodAlone);
      await addAlert(tx, context, {
        accountSid: found.accountSid,
        ...said,
        resourceSid: found.sid,
      });
    }
    if (!isLive(found) && settingsOf(change).length > 0) {
      const names = settingsOf(change).join(' and ');
      throw stateError(found, `An ended call makes no use of ${names}.`);
    }
    let call = await changeSettings(tx, context, found, change);
    if (change.status !== undefined) return endCall(tx, context, call, change.status);

    if (change.conductorSid !== undefined) {
      if (!isLive(call)) {
        throw stateError(call, 'An ended call cannot be bound.');
      }
      const conductor = await findOpenConductor(
        tx,
        call.accountSid,
        change.conductorSid,
        'ConductorSid',
      );
      call = await bindCall(tx, context, call, conductor);
    }
    if (change.timeLimitSec !== undefined && call.status === 'in-progress') {
      const { timeLimitSec } = change;
      notify(tx, context, call, call.sid, {
        kind: 'call-updated',
        callSid: call.sid,
        order: { kind: 'time-limit', timeLimitSec },
      });
    }
    const redirected = change.url !== undefined || change.twiml !== undefined;
    if (redirected && call.status !== 'in-progress') {
      throw stateError(call, 'Only a call in progress can be redirected.');
    }
    const { url, twiml } = change;
    if (url !== undefined && twiml !== undefined) {
      const said = alertNamed('bothUrlAndTwiml', { url });
      await addAlert(tx, context, { accountSid: call.accountSid, ...said, resourceSid: call.sid });
    }
    if (redirected || (change.conductorSid !== undefined && call.status === 'in-progress')) {
      notify(tx, context, call, call.sid, {
        kind: 'call-updated',
        callSid: call.sid,
        order: {
          kind: 'redirect',
          url: change.url ?? null,
          method: change.method ?? 'POST',
          twiml: change.url === undefined ? (change.twiml ?? null) : null,
        },
      });
    }
    return call;
  });
}

/** Method alone. */
export const methodAlone = { name: 'Method', problem: 'It is that of Url, which is not given.' };

/** A call that is ended goes nowhere: neither of the two is dropped in silence. @throws RequestError invalidParameter */
function requireOneEnd({ status, url, twiml, conductorSid }: CallChange): void {
  if (status === undefined) return;
  const onward = Object.entries({ Url: url, Twiml: twiml, ConductorSid: conductorSid });
  const names = onward.filter(([, given]) => given !== undefined).map(([name]) => name);
  if (names.length === 0) return;
  const others = names.join(' and ');
  const problem = `${status} was given together with ${others}: a call is ended, or goes on elsewhere. Leave out Status, or ${others}.`;
  throw refusal('invalidParameter', { name: 'Status', problem });
}

/** Names of what is given that only a call under way makes use of. */
function settingsOf(change: CallChange): string[] {
  const settings = {
    FallbackUrl: change.fallbackUrl,
    FallbackMethod: change.fallbackMethod,
    StatusCallback: change.statusCallback,
    StatusCallbackMethod: change.statusCallbackMethod,
    TimeLimit: change.timeLimitSec,
  };
  return Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** What is given and is not so already. */
async function changeSettings(
  tx: Tx,
  { clock }: Pick<ActionContext, 'clock'>,
  call: Call,
  change: CallChange,
): Promise<Call> {
  const { fallbackUrl = call.fallbackUrl, statusCallback = call.statusCallback } = change;
  const settings = {
    fallbackUrl,
    fallbackMethod: change.fallbackMethod ?? call.fallbackMethod,
    statusCallback,
    statusCallbackMethod: change.statusCallbackMethod ?? call.statusCallbackMethod,
    timeLimitSec: change.timeLimitSec ?? call.timeLimitSec,
  };
  const names = Object.keys(settings) as (keyof typeof settings)[];
  if (names.every((name) => settings[name] === call[name])) return call;
  const changed = { ...settings, dateUpdated: clock.now() };
  await updateCall(tx, call.sid, changed);
  return { ...call, ...changed };
}

function stateError(call: Call, problem: string): Error {
  const { sid, status } = call;
  return refusal('invalidCallState', { sid, status, problem }, { resourceSid: sid });
}
