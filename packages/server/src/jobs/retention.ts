import type { ActionContext } from '../actions/context.ts';
import { removeExpired } from '../actions/remove-expired.ts';
import { sleep, type Instant } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { RetentionDays } from '../config/retention.ts';
import type { ExpiringTable } from '../store/expired.ts';
import type { MediaFiles } from '../store/media-files.ts';
import { checkMedia } from './check-media.ts';
import { outlast } from './outlast.ts';

const DAY_MS = 86_400_000;
/** A server that was just started has other things to do. */
const FIRST_MS = 300_000;
/** Between two batches: however much there is to remove, others have the database nearly to themselves. */
const PAUSE_MS = 50;

const tables: Readonly<Record<keyof RetentionDays, readonly ExpiringTable[]>> = {
  deliveries: ['deliveryAttempts', 'outbox'],
  alerts: ['alerts'],
  events: ['monitorEvents'],
  audits: ['audits'],
  sids: ['sidUses'],
  deletedRecordings: ['recordings'],
  calls: ['calls', 'conferences', 'mediaStreams', 'liveTranscriptions'],
};

export interface RetentionOptions {
  readonly context: ActionContext;
  readonly files: MediaFiles;
  readonly days: RetentionDays;
  readonly log: Log;
  /** Whether this is the process, of all on the database, that does it. */
  readonly hasTurn: () => boolean;
}

/** Once a day, while it has the turn, removes what has been kept long enough and looks after the media files, until closed. */
export function watchRetention(options: RetentionOptions): { close(): Promise<void> } {
  const stop = new AbortController();
  const running = run(options, stop.signal);
  return {
    close: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Never rejects. */
async function run(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  const { context, log } = options;
  await sleep(context.clock, FIRST_MS, signal);
  while (!signal.aborted) {
    if (!options.hasTurn()) {
      await sleep(context.clock, FIRST_MS, signal);
      continue;
    }
    try {
      log.info(await pass(options, signal), 'retention');
    } catch (err) {
      if (!signal.aborted) log.error({ err }, 'retention did not finish');
    }
    await sleep(context.clock, DAY_MS, signal);
  }
}

/** How many went of each, for the log. */
async function pass(
  { context, files, days }: RetentionOptions,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const now = context.clock.now();
  const counts: Record<string, number> = {};
  for (const [kind, kept] of Object.entries(days)) {
    if (kept === 0) continue;
    for (const table of tables[kind as keyof RetentionDays]) {
      counts[table] = await removeAll(context, table, now - kept * DAY_MS, signal);
    }
  }
  const pause = (): Promise<void> => sleep(context.clock, PAUSE_MS, signal);
  return { ...counts, ...(await checkMedia(context, files, now - DAY_MS, pause, signal)) };
}

async function removeAll(
  context: ActionContext,
  table: ExpiringTable,
  before: Instant,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  let from: number | undefined = 0;
  while (from !== undefined && !signal.aborted) {
    const afterSeq: number = from;
    const batch = await outlast(context, signal, () =>
      removeExpired(context, table, before, afterSeq),
    );
    removed += batch.removed;
    from = batch.nextSeq;
    if (from !== undefined) await sleep(context.clock, PAUSE_MS, signal);
  }
  return removed;
}
