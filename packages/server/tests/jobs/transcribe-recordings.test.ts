import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, type RecognitionEngine } from '@tutti/media';
import { expect, test, vi } from 'vitest';
import { finishRecording } from '../../src/actions/finish-recording.ts';
import { removeRecording } from '../../src/actions/remove-recording.ts';
import { startRecording } from '../../src/actions/start-recording.ts';
import { deferred } from '../../src/base/deferred.ts';
import { TranscribeRecordings } from '../../src/jobs/transcribe-recordings.ts';
import { MediaFiles } from '../../src/store/media-files.ts';
import { both, onEngines, open, type OpenedStore } from '../store/_engines.ts';

const VOICE = Int16Array.from({ length: 3 * 8000 }, (_, at) => 8000 * Math.sin(at / 4));

/** Recordings of three seconds of voice whose words are wanted. */
async function recorded(opened: OpenedStore, files: MediaFiles) {
  const { context } = opened;
  const { sid: accountSid } = await opened.account();
  return async (sound: Uint8Array = encodeWav(VOICE, 8000), durationSec = 3) => {
    const call = { accountSid, callSid: context.ids.sid('CA') };
    const { sid } = await startRecording(
      context,
      call,
      {
        source: 'RecordVerb',
        channels: 1,
        track: 'inbound',
        trim: 'do-not-trim',
        statusCallback: null,
        statusCallbackMethod: 'POST',
        statusCallbackEvents: '[]',
      },
      { callback: 'http://127.0.0.1:9/text' },
    );
    await writeFile(await files.pathOf(sid), sound);
    const sizeBytes = sound.length;
    await finishRecording(context, sid, { kind: 'completed', durationSec, sizeBytes });
    return sid;
  };
}

function engineHearing(recognize: RecognitionEngine['recognize']): RecognitionEngine {
  return { name: 'double', check: async () => undefined, recognize };
}

onEngines('Transcriptions of recordings', both, (engine) => {
  test('that a process left are made at the next start, and each once', async () => {
    await using opened = await open(engine);
    const { context } = opened;
    const directory = await mkdtemp(join(tmpdir(), 'tutti-words-'));
    const files = new MediaFiles({ kind: 'file', directory });
    const record = await recorded(opened, files);
    const [heard, deleted, damaged] = [
      await record(),
      await record(),
      await record(Buffer.from('RIFF')),
    ];
    await removeRecording(context, deleted);
    const rows = () =>
      context.db
        .selectFrom('transcriptions')
        .select(['recordingSid', 'status', 'text', 'errorCode'])
        .orderBy('seq')
        .execute();
    const { log } = context;

    // The first process gets no answer before it stops.
    const stuck = deferred();
    const first = new TranscribeRecordings({
      context,
      files,
      log,
      recognition: engineHearing(({ signal }) => {
        stuck.resolve();
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('given up')), { once: true });
        });
      }),
    });
    await first.resume();
    await stuck.promise;
    await first.close();
    expect((await rows())[0]).toMatchObject({ recordingSid: heard, status: 'in-progress' });

    const recognize = vi.fn<RecognitionEngine['recognize']>(async () => ({
      transcript: 'call me',
      confidence: undefined,
    }));
    const next = new TranscribeRecordings({
      context,
      files,
      log,
      recognition: engineHearing(recognize),
    });
    await Promise.all([next.resume(), next.resume()]);
    await vi.waitFor(async () =>
      expect(await rows()).toEqual([
        { recordingSid: heard, status: 'completed', text: 'call me', errorCode: null },
        { recordingSid: deleted, status: 'failed', text: null, errorCode: 13_618 },
        { recordingSid: damaged, status: 'failed', text: null, errorCode: 13_618 },
      ]),
    );
    await next.close();
    expect(recognize).toHaveBeenCalledTimes(1);
    const told = await context.db
      .selectFrom('outbox')
      .select('payload')
      .where('kind', '=', 'webhook')
      .execute();
    expect(told.filter(({ payload }) => payload.includes('/text'))).toHaveLength(3);
    await rm(directory, { recursive: true });
  });

  test('of less than two seconds or more than two minutes fail without a try', async () => {
    await using opened = await open(engine);
    const directory = await mkdtemp(join(tmpdir(), 'tutti-words-'));
    const files = new MediaFiles({ kind: 'file', directory });
    const record = await recorded(opened, files);

    for (const seconds of [1, 2, 120, 121]) await record(undefined, seconds);

    const rows = await opened.context.db
      .selectFrom('transcriptions')
      .select(['durationSec', 'status', 'errorCode'])
      .orderBy('seq')
      .execute();
    expect(rows).toEqual([
      { durationSec: 1, status: 'failed', errorCode: 13_617 },
      { durationSec: 2, status: 'in-progress', errorCode: null },
      { durationSec: 120, status: 'in-progress', errorCode: null },
      { durationSec: 121, status: 'failed', errorCode: 13_617 },
    ]);
    await rm(directory, { recursive: true });
  });
});
