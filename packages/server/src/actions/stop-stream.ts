import type { Sid } from '@tutti/ids';
import { refusal } from '../base/app-error.ts';
import type { MediaStreamRecord } from '../model/media-stream.ts';
import { lockMediaStream, updateMediaStream } from '../store/media-streams.ts';
import type { Tx } from '../store/transact.ts';
import { notify } from './announce.ts';
import { announceStream } from './announce-stream.ts';
import type { ActionContext } from './context.ts';

type Needs = Pick<ActionContext, 'ids' | 'clock'>;

/** Writes that a stream has come to its end, and tells who asked; `problem`: what it failed of. Once. */
export async function endStream(
  context: ActionContext,
  sid: Sid<'MZ'>,
  problem?: string,
): Promise<void> {
  await context.transact((tx) => endStreamInside(tx, context, sid, problem));
}

/** As `endStream`, inside a transaction under way. Undefined when it had ended before, or is gone. */
export async function endStreamInside(
  tx: Tx,
  context: Needs,
  sid: Sid<'MZ'>,
  problem?: string,
): Promise<MediaStreamRecord | undefined> {
  const stream = await lockMediaStream(tx, sid);
  if (stream?.status !== 'in-progress') return undefined;
  const change = { status: 'stopped', dateUpdated: context.clock.now() } as const;
  await updateMediaStream(tx, sid, change);
  const event = problem === undefined ? 'stream-stopped' : 'stream-error';
  announceStream(tx, context, stream, event, problem);
  return { ...stream, ...change };
}

/**
 * As the API asks: the row says so at once, and whoever has the call is told. One that had stopped stays so.
 *
 * @throws RequestError notFound
 */
export async function stopStream(
  context: ActionContext,
  sid: Sid<'MZ'>,
): Promise<MediaStreamRecord> {
  return context.transact(async (tx) => {
    const stream = await lockMediaStream(tx, sid);
    if (stream === undefined) throw refusal('notFound', { path: `/Streams/${sid}` });
    const stopped = await endStreamInside(tx, context, sid);
    if (stopped === undefined) return stream;
    const { callSid } = stream;
    notify(tx, context, stream, callSid, {
      kind: 'call-updated',
      callSid,
      order: { kind: 'stop-stream', streamSid: sid },
    });
    return stopped;
  });
}
