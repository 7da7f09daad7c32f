import { restore as restoreBackup } from '@tutti/server';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { endOnSignals } from '../end-on-signals.ts';
import { readSettings } from '../read-settings.ts';
import { toldInOneLine } from '../told-in-one-line.ts';

/** Restores a backup; 1 when it cannot be used or there is no room for it. */
export async function restore(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(
    args,
    {
      replace: { type: 'boolean' },
      'without-pending': { type: 'boolean' },
      data: { type: 'string' },
    },
    'restore',
    1,
  );
  const [path] = positionals;
  if (path === undefined) throw new CommandError('from which file? tutti restore FILE', 2);
  const config = readSettings(values.data === undefined ? {} : { TUTTI_DATA: values.data });
  const withoutPending = values['without-pending'] === true;
  endOnSignals();
  try {
    const { manifest, pendingWebhooks, replaced } = await restoreBackup({
      config,
      path,
      replace: values.replace === true,
      withoutPending,
    });
    const rows = Object.values(manifest.tables).reduce((sum, count) => sum + count, 0);
    console.log(
      `restored the backup of ${manifest.engine} made ${manifest.created}: ${rows} rows, ${manifest.mediaFiles} media files`,
    );
    if (pendingWebhooks > 0) {
      console.log(
        withoutPending
          ? `${pendingWebhooks} webhooks that were still to be sent are given up`
          : `${pendingWebhooks} webhooks that were still to be sent are sent at the next start`,
      );
    }
    if (replaced !== undefined) console.log(`what was there before is in ${replaced}`);
    return 0;
  } catch (error) {
    throw toldInOneLine(error);
  }
}
