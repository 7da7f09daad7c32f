import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@tutti/media';
import { expect, test } from 'vitest';
import { recoverRecordings } from '../../src/actions/recover-recordings.ts';
import { startRecording } from '../../src/actions/start-recording.ts';
import { MediaFiles } from '../../src/store/media-files.ts';
import { findRecording } from '../../src/store/recordings.ts';
import { recoverSound } from '../../src/voice/recover-sound.ts';
import { both, onEngines, open } from '../store/_engines.ts';

onEngines('A recording whose process was lost', both, (engine) => {
  test('is completed as far as its file came, and absent without one', async () => {
    await using opened = await open(engine);
    const { context } = opened;
    const { sid: accountSid } = await opened.account();
    const directory = await mkdtemp(join(tmpdir(), 'tutti-lost-'));
    const files = new MediaFiles({ kind: 'file', directory });
    const begin = async () => {
      // Of a call that nobody knows any more.
      const call = { accountSid, callSid: context.ids.sid('CA') };
      const { sid } = await startRecording(context, call, {
        source: 'RecordVerb',
        channels: 2,
        track: 'both',
        trim: 'do-not-trim',
        statusCallback: 'http://127.0.0.1:9/status',
        statusCallbackMethod: 'POST',
        statusCallbackEvents: '["completed","absent"]',
      });
      return sid;
    };
    const [written, lost] = [await begin(), await begin()];
    // The header of an empty file, three seconds of two channels, and half a sample.
    const header = encodeWav(new Int16Array(0), 8000);
    const path = await files.pathOf(written);
    await writeFile(path, Buffer.concat([header, Buffer.alloc(3 * 8000 * 4 + 1)]));

    const recovered = await recoverRecordings(context, [context.node], (recording) =>
      recoverSound(files, recording),
    );

    expect(recovered).toBe(2);
    const bytes = await readFile(path);
    expect(await findRecording(context.db, written)).toMatchObject({
      status: 'completed',
      durationSec: 3,
      sizeBytes: bytes.length,
    });
    expect([bytes.readUInt16LE(22), bytes.readUInt32LE(40), bytes.length]).toEqual([
      2, 96_000, 96_044,
    ]);
    expect(await findRecording(context.db, lost)).toMatchObject({ status: 'absent' });
    expect(await recoverRecordings(context, [context.node], () => Promise.reject())).toBe(0);
    await rm(directory, { recursive: true });
  });
});
