import type { Sid } from '@tutti/ids';
import type { AnsweredBy, MachineDetection } from '../model/machine-detection.ts';
import { lockCall, updateCall } from '../store/calls.ts';
import { enqueue } from './announce.ts';
import { answerParameters } from './call-parameters.ts';
import type { ActionContext } from './context.ts';

/** Keeps who answered a call, and tells who asked to hear of it by itself. Twilio: voice/answering-machine-detection */
export async function recordAnswer(
  context: ActionContext,
  callSid: Sid<'CA'>,
  answer: { readonly answeredBy: AnsweredBy; readonly machineDetectionMs: number },
): Promise<void> {
  await context.transact(async (tx) => {
    const call = await lockCall(tx, callSid);
    if (call?.machineDetection == null) return;
    await updateCall(tx, callSid, { ...answer, dateUpdated: context.clock.now() });
    const settings = JSON.parse(call.machineDetection) as MachineDetection;
    if (!settings.isAsync || settings.statusCallback === null) return;
    enqueue(tx, context, call, callSid, {
      source: 'call',
      eventType: 'amd',
      resourceSid: callSid,
      url: settings.statusCallback,
      method: settings.statusCallbackMethod,
      parameters: { CallSid: callSid, AccountSid: call.accountSid, ...answerParameters(answer) },
      idempotencyToken: context.ids.uuid(),
    });
  });
}
