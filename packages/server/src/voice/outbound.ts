import type { Sid } from '@tutti/ids';
import { carryCall } from '../actions/carry-call.ts';
import { sleep } from '../base/clock.ts';
import type { Validation } from '../model/outgoing-caller-id.ts';
import { recordWholeCall } from './call-recording.ts';
import { callApplication } from './call-application.ts';
import { detectAnswer } from './detect-answer.ts';
import { readApplicationAddress } from '../model/application.ts';
import type { VoiceContext } from './context.ts';
import { LiveCall } from './live-call.ts';
import { interpreter } from './run-instructions.ts';
import { routeTo } from './route.ts';
import { verifyNumber } from './verify-number.ts';

/**
 * Takes over a call that the API queued; undefined when there is nothing to take: told twice, or canceled before it could
 * be dialled. Once it is taken, whatever happens ends it in its row as well.
 *
 * @throws OutletError when the database fails: nobody has the call yet, and the news of it must come again.
 */
export async function takeQueued(
  context: VoiceContext,
  callSid: Sid<'CA'>,
): Promise<LiveCall | undefined> {
  const call = await carryCall(context.actions, callSid);
  if (call === undefined || context.calls.has(callSid)) return undefined;
  return new LiveCall(context, call);
}

/** Dials a call that was taken over, then runs it. Never rejects. */
export async function placeCall(live: LiveCall): Promise<void> {
  const { context, call } = live;
  const validation =
    call.validation === null ? undefined : (JSON.parse(call.validation) as Validation);
  try {
    if (validation !== undefined) {
      await sleep(context.actions.clock, validation.delaySec * 1000, live.over.signal);
    }
    if (!(await reachCallee(live))) return;
    await recordWholeCall(live);
    if (call.sendDigits !== null) await live.sendDigits(call.sendDigits);
    await detectAnswer(live);
    if (validation !== undefined) {
      await verifyNumber(live, validation);
      // Whoever redirected it wants more of it.
      if (!live.wasRedirected) {
        await live.end('completed');
        return;
      }
    }
    await interpreter.runCall(live);
  } catch (err) {
    context.log.error({ err, callSid: call.sid }, 'call not placed');
    await live.end('failed');
  }
}

/** Whether somebody answered; else the call has ended. */
async function reachCallee(live: LiveCall): Promise<boolean> {
  const { context, call } = live;
  const application = readApplicationAddress(call.to);
  if (application !== undefined) return callApplication(live, interpreter, application);
  const routed = await routeTo(context, call.accountSid, call.to);
  if (routed.ok) return live.dial(routed.route, call.timeoutSec);
  await live.alerts.of(routed.error);
  await live.end('failed');
  return false;
}
