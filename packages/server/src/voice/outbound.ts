import type { Sid } from '@tutti/ids';
import { carryCall } from '../actions/carry-call.ts';
import type { VoiceContext } from './context.ts';
import { LiveCall } from './live-call.ts';
import { interpreter } from './run-instructions.ts';
import { routeTo } from './route.ts';

/** Places a call that the API queued, then runs it. Never rejects. */
export async function placeQueued(context: VoiceContext, callSid: Sid<'CA'>): Promise<void> {
  try {
    const call = await carryCall(context.actions, callSid);
    // Told twice, or canceled before it could be dialled.
    if (call === undefined || context.calls.has(callSid)) return;
    const live = new LiveCall(context, call);
    const routed = routeTo(context, call.accountSid, call.to);
    if (!routed.ok) {
      await live.alerts.of(routed.error);
      await live.end('failed');
      return;
    }
    if (!(await live.dial(routed.route, call.timeoutSec))) return;
    if (call.sendDigits !== null) await live.sendDigits(call.sendDigits);
    await interpreter.runCall(live);
  } catch (err) {
    context.log.error({ err, callSid }, 'call not placed');
    await context.calls.get(callSid)?.end('failed');
  }
}
