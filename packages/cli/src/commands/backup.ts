import { backup as writeBackup } from '@tutti/server';
import { readArguments } from '../arguments.ts';
import { CommandError } from '../command-error.ts';
import { endOnSignals } from '../end-on-signals.ts';
import { readSettings } from '../read-settings.ts';
import { toldInOneLine } from '../told-in-one-line.ts';

/** Writes a backup; 1 when it cannot be written. */
export async function backup(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(
    args,
    { overwrite: { type: 'boolean' }, data: { type: 'string' } },
    'backup',
    1,
  );
  const [path] = positionals;
  if (path === undefined) throw new CommandError('into which file? tutti backup FILE', 2);
  const config = readSettings(values.data === undefined ? {} : { TUTTI_DATA: values.data });
  endOnSignals();
  try {
    const written = await writeBackup({ config, path, overwrite: values.overwrite === true });
    const { engine, rows, mediaFiles, sizeBytes, missingMedia } = written;
    console.log(
      `backup of ${engine} in ${path}: ${rows} rows, ${mediaFiles} media files, ${sizeBytes} bytes`,
    );
    if (missingMedia.count > 0) {
      console.error(
        `tutti: ${missingMedia.count} media files are not in it, for they are not in the data directory: ${missingMedia.sids.join(', ')}${missingMedia.count > missingMedia.sids.length ? ', …' : ''}`,
      );
    }
    return 0;
  } catch (error) {
    throw toldInOneLine(error);
  }
}
