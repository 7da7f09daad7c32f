import { setTimeout as pause } from 'node:timers/promises';
import { readArguments } from '../arguments.ts';
import { printable } from '../printable.ts';
import { askFor, findServer } from '../server-access.ts';

const POLL_MS = 400;

interface Activity {
  readonly date_created: string;
  readonly kind: string;
  readonly summary: string;
  readonly [name: string]: unknown;
}

/** Prints what happens on the account until Ctrl-C, or until the server is gone. */
export async function tail(args: string[]): Promise<number> {
  const { values } = readArguments(
    args,
    { json: { type: 'boolean' }, data: { type: 'string' } },
    'tail',
  );
  const server = await findServer(values.data);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  let cursor: string | undefined;
  try {
    for (;;) {
      const query = cursor === undefined ? '' : `?After=${encodeURIComponent(cursor)}`;
      const body = await askFor(server, `/v1/Activity${query}`, { signal: stop.signal });
      if (cursor === undefined) console.error(`following ${server.url}; stop with Ctrl-C`);
      cursor = String(body['cursor']);
      for (const activity of body['activity'] as Activity[]) {
        console.log(values.json === true ? JSON.stringify(activity) : line(activity));
      }
      await pause(POLL_MS, undefined, { signal: stop.signal });
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return 0;
  }
}

function line({ date_created: date, kind, summary }: Activity): string {
  return `${date.slice(11, 23)}  ${kind.padEnd(8)} ${printable(summary)}`;
}
