import type { Call } from '../model/call.ts';
import type { HttpMethod } from '../model/voice-urls.ts';
import { enqueue } from './announce.ts';
import { callParameters } from './call-parameters.ts';
import type { ActionContext } from './context.ts';

/** Puts a call-back about what is said on a call into the outbox; those of one call and receiver keep their order. */
export async function tellOfSpeech(
  context: ActionContext,
  call: Omit<Call, 'seq'>,
  told: {
    readonly eventType: 'partial-result';
    readonly url: string;
    readonly method: HttpMethod;
    readonly parameters: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const idempotencyToken = context.ids.uuid();
  await context.transact(async (tx) => {
    enqueue(tx, context, call, call.sid, {
      source: 'call',
      eventType: told.eventType,
      resourceSid: call.sid,
      url: told.url,
      method: told.method,
      parameters: { ...callParameters(call), ...told.parameters },
      idempotencyToken,
    });
  });
}
