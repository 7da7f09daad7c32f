import type { Sid } from '@tutti/ids';
import type { ActionContext } from './context.ts';
import { insertCallerMessage } from './insert-caller-message.ts';

/** Writes what a bound caller said as a message, while the Conductor transcribes speech. */
export async function recordSpeech(
  context: ActionContext,
  callSid: Sid<'CA'>,
  heard: { readonly transcript: string; readonly confidence: number | undefined },
): Promise<void> {
  await context.transact((tx) =>
    insertCallerMessage(tx, context, callSid, 'speech', {
      body: heard.transcript,
      confidence: heard.confidence ?? null,
    }),
  );
}
