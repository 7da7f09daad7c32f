import { isSid, type Sid } from '@tutti/ids';
import type { ActionContext } from '../actions/context.ts';
import { raiseAlert } from '../actions/raise-alert.ts';
import { alertText } from '../base/app-error.ts';
import type { Instant } from '../base/clock.ts';
import { catalogue } from '../base/error-catalogue.ts';
import { listKnownMedia, listMediaAfter } from '../store/media.ts';
import type { MediaFiles, MediaFileSid } from '../store/media-files.ts';
import { listKnownRecordings, listRecordingsAfter } from '../store/recordings.ts';
import { outlast } from './outlast.ts';

const BATCH = 100;

/**
 * Removes files that no record names and nobody has written since `before`, as a crash leaves of a recording, and
 * raises one alert per account for records whose file is gone. `pause` is called after each batch.
 */
export async function checkMedia(
  context: ActionContext,
  files: MediaFiles,
  before: Instant,
  pause: () => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly orphanedFiles: number; readonly lostFiles: number }> {
  const orphanedFiles = await removeOrphans(context, files, before, pause, signal);
  const lost = await findLost(context, files, pause, signal);
  let lostFiles = 0;
  for (const [accountSid, { sid, count }] of lost) {
    lostFiles += count;
    const alert = {
      accountSid,
      errorCode: catalogue.mediaFileLost.code,
      level: catalogue.mediaFileLost.alert,
      text: alertText('mediaFileLost', {
        sid,
        more: count === 1 ? '' : ` and of ${count - 1} more`,
      }),
      resourceSid: sid,
    };
    await outlast(context, signal, () => raiseAlert(context, alert));
  }
  return { orphanedFiles, lostFiles };
}

async function removeOrphans(
  context: ActionContext,
  files: MediaFiles,
  before: Instant,
  pause: () => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  let batch: MediaFileSid[] = [];
  const settle = async (): Promise<void> => {
    const asked = batch;
    const known = await outlast(context, signal, () => listKnown(context.db, asked));
    const unknown = asked.filter((sid) => !known.has(sid));
    batch = [];
    for (const sid of unknown) {
      // A recording has no record until it is finished.
      const date = await files.dateOf(sid);
      if (date === undefined || date >= before) continue;
      await files.remove([sid]);
      removed += 1;
    }
    await pause();
  };
  for await (const sid of files.list()) {
    if (signal.aborted) return removed;
    batch.push(sid);
    if (batch.length === BATCH) await settle();
  }
  await settle();
  return removed;
}

/** Media of an account whose files are not there: one of them, and how many they are. */
interface Lost {
  readonly sid: MediaFileSid;
  readonly count: number;
}

/** A record that has a file. */
interface Kept {
  readonly seq: number;
  readonly sid: MediaFileSid;
  readonly accountSid: Sid<'AC'>;
}

async function findLost(
  context: ActionContext,
  files: MediaFiles,
  pause: () => Promise<void>,
  signal: AbortSignal,
): Promise<Map<Sid<'AC'>, Lost>> {
  const lost = new Map<Sid<'AC'>, Lost>();
  for (const listAfter of [listMediaAfter, listRecordingsAfter]) {
    let afterSeq = 0;
    while (!signal.aborted) {
      const from = afterSeq;
      const batch = await outlast<Kept[]>(context, signal, () =>
        listAfter(context.db, from, BATCH),
      );
      const missing: Kept[] = [];
      for (const media of batch) {
        if ((await files.dateOf(media.sid)) === undefined) missing.push(media);
      }
      // The file of what was removed meanwhile is rightly gone.
      const sids = missing.map(({ sid }) => sid);
      const known = await outlast(context, signal, () => listKnown(context.db, sids));
      for (const { sid, accountSid } of missing) {
        if (!known.has(sid)) continue;
        const before = lost.get(accountSid) ?? { sid, count: 0 };
        lost.set(accountSid, { sid: before.sid, count: before.count + 1 });
      }
      const last = batch.at(-1);
      if (last === undefined || batch.length < BATCH) break;
      afterSeq = last.seq;
      await pause();
    }
  }
  return lost;
}

/** Which of `sids` a record names. */
async function listKnown(
  db: ActionContext['db'],
  sids: readonly MediaFileSid[],
): Promise<Set<MediaFileSid>> {
  return new Set<MediaFileSid>([
    ...(await listKnownMedia(
      db,
      sids.filter((sid) => isSid(sid, 'ME')),
    )),
    ...(await listKnownRecordings(
      db,
      sids.filter((sid) => isSid(sid, 'RE')),
    )),
  ]);
}
