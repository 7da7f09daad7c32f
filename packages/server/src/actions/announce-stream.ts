import { isoDateMs } from '../base/http-date.ts';
import type { MediaStreamRecord, StreamEvent } from '../model/media-stream.ts';
import type { Tx } from '../store/transact.ts';
import { enqueue } from './announce.ts';
import type { ActionContext } from './context.ts';

/** Writes the call-back of a stream when it asked for one. Twilio: voice/twiml/stream#statuscallback */
export function announceStream(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  stream: Omit<MediaStreamRecord, 'seq'>,
  event: StreamEvent,
  /** Of `stream-error`. */
  problem?: string,
): void {
  if (stream.statusCallback === null) return;
  enqueue(tx, { clock }, stream, stream.callSid, {
    source: 'call',
    eventType: event,
    resourceSid: stream.sid,
    url: stream.statusCallback,
    method: stream.statusCallbackMethod,
    parameters: {
      AccountSid: stream.accountSid,
      CallSid: stream.callSid,
      StreamSid: stream.sid,
      StreamName: stream.name ?? stream.sid,
      StreamEvent: event,
      ...(problem === undefined ? {} : { StreamError: problem }),
      Timestamp: isoDateMs(clock.now()),
    },
    idempotencyToken: ids.uuid(),
  });
}
