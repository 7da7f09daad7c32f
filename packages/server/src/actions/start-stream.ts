import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import { STREAMS_MAX, type MediaStreamRecord, type StreamSettings } from '../model/media-stream.ts';
import { lockCall } from '../store/calls.ts';
import {
  insertMediaStream,
  listOpenMediaStreams,
  lockMediaStream,
} from '../store/media-streams.ts';
import type { New } from '../store/schema.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import { announceStream } from './announce-stream.ts';
import type { ActionContext } from './context.ts';

interface Streamed {
  readonly accountSid: Sid<'AC'>;
  readonly callSid: Sid<'CA'>;
}

/**
 * A row for a stream of the call's own document.
 *
 * @throws RequestError streamQuota, streamNameInUse
 */
export async function startStream(
  context: ActionContext,
  call: Streamed,
  settings: StreamSettings,
): Promise<New<MediaStreamRecord>> {
  return context.transact(async (tx) => {
    await lockCall(tx, call.callSid);
    return insertStream(tx, context, call, settings);
  });
}

/**
 * As the API asks: the row, and the order to whoever has the call.
 *
 * @throws RequestError notFound, invalidCallState, streamQuota, streamNameInUse
 */
export async function orderStream(
  context: ActionContext,
  where: Streamed,
  settings: StreamSettings,
): Promise<New<MediaStreamRecord>> {
  return context.transact(async (tx) => {
    const call = await lockCall(tx, where.callSid);
    if (call === undefined || call.accountSid !== where.accountSid) {
      throw refusal('notFound', { path: `/Calls/${where.callSid}/Streams` });
    }
    const { sid, status } = call;
    if (status !== 'in-progress') {
      const problem = 'Only a call in progress can be streamed.';
      throw refusal('invalidCallState', { sid, status, problem }, { resourceSid: sid });
    }
    const stream = await insertStream(tx, context, where, settings);
    notify(tx, context, call, sid, {
      kind: 'call-updated',
      callSid: sid,
      order: { kind: 'start-stream', streamSid: stream.sid },
    });
    return stream;
  });
}

/** The WebSocket is open, and sound is about to go through it. */
export async function announceStreamStarted(context: ActionContext, sid: Sid<'MZ'>): Promise<void> {
  await context.transact(async (tx) => {
    const stream = await lockMediaStream(tx, sid);
    if (stream?.status === 'in-progress') announceStream(tx, context, stream, 'stream-started');
  });
}

async function insertStream(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  { accountSid, callSid }: Streamed,
  settings: StreamSettings,
): Promise<New<MediaStreamRecord>> {
  const open = await listOpenMediaStreams(tx, callSid);
  const { name } = settings;
  if (open.length >= STREAMS_MAX) {
    throw refusal('streamQuota', { sid: callSid, limit: STREAMS_MAX }, { resourceSid: callSid });
  }
  const namesake = open.find((each) => name !== null && each.name === name);
  if (namesake !== undefined) {
    const { sid } = namesake;
    throw refusal('streamNameInUse', { name: name ?? '', sid }, { resourceSid: callSid });
  }
  const now = clock.now();
  const stream: New<MediaStreamRecord> = {
    sid: ids.sid('MZ'),
    accountSid,
    callSid,
    status: 'in-progress',
    ...settings,
    dateCreated: now,
    dateUpdated: now,
  };
  await insertMediaStream(tx, stream);
  return stream;
}
