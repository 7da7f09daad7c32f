import { expect, test } from 'vitest';
import { startLiveTranscription } from '../../src/actions/start-live-transcription.ts';
import { recoverLiveTranscriptions } from '../../src/actions/tell-live-transcription.ts';
import { findLiveTranscription } from '../../src/store/live-transcriptions.ts';
import { both, onEngines, open } from '../store/_engines.ts';

onEngines('A live transcription whose process was lost', both, (engine) => {
  test('is stopped, which its call-back is told once', async () => {
    await using opened = await open(engine);
    const { context } = opened;
    const { sid: accountSid } = await opened.account();
    // Of a call that nobody knows any more.
    const call = { accountSid, callSid: context.ids.sid('CA') };
    const { sid } = await startLiveTranscription(context, call, {
      name: null,
      track: 'both_tracks',
      languageCode: 'en-US',
      partialResults: false,
      hints: null,
      inboundTrackLabel: null,
      outboundTrackLabel: null,
      statusCallback: 'http://127.0.0.1:9/heard',
      statusCallbackMethod: 'POST',
    });

    await recoverLiveTranscriptions(context, [context.node]);
    await recoverLiveTranscriptions(context, [context.node]);

    expect(await findLiveTranscription(context.db, sid)).toMatchObject({
      status: 'stopped',
      lastSequenceId: 1,
    });
    const told = await context.db
      .selectFrom('outbox')
      .select('payload')
      .where('kind', '=', 'webhook')
      .execute();
    expect(told.map(({ payload }) => payload)).toEqual([
      expect.stringContaining('transcription-stopped'),
    ]);
  });
});
