import { createEspeakEngine, createPocketsphinxEngine } from '@tutti/media';
import { expect, test } from 'vitest';
import type { ActionContext } from '../../src/actions/context.ts';
import { placeCall } from '../../src/actions/place-call.ts';
import { OutletError } from '../../src/base/app-error.ts';
import { LocalBus } from '../../src/bus/local-bus.ts';
import { readConfig } from '../../src/config/config.ts';
import { findCall } from '../../src/store/calls.ts';
import { MediaFiles } from '../../src/store/media-files.ts';
import { openVoiceDoor } from '../../src/voice/door.ts';
import { open, sqlite } from '../store/_engines.ts';

test('news of a call counts as heard only when the call was taken over', async () => {
  await using opened = await open(sqlite);
  const { context } = opened;
  const { sid: accountSid } = await opened.account();
  const config = readConfig({ TUTTI_SIP_PORT: '0', TUTTI_DATA: ':memory:' });
  if (!config.ok) throw new Error(config.problems.join('\n'));
  let isFailing = false;
  const actions: ActionContext = {
    ...context,
    get db() {
      if (isFailing) throw new OutletError('store', 'the disk is full', { retryable: true });
      return context.db;
    },
  };
  const { log } = context;
  const bus = new LocalBus(log);
  const files = new MediaFiles({ kind: 'memory' });
  const voice = await openVoiceDoor({
    actions,
    files,
    bus,
    speech: createEspeakEngine(),
    recognition: createPocketsphinxEngine(),
    config: config.value,
    publicUrl: () => 'http://127.0.0.1',
    log,
  });
  const call = await placeCall(context, {
    accountSid,
    to: 'sip:nobody@127.0.0.1:9',
    from: 'sip:us@127.0.0.1',
    url: null,
    method: 'POST',
    twiml: '<Response/>',
    applicationSid: null,
    fallbackUrl: null,
    fallbackMethod: 'POST',
    statusCallback: null,
    statusCallbackMethod: 'POST',
    statusCallbackEvents: [],
    timeoutSec: 60,
    timeLimitSec: null,
    sendDigits: null,
    sipAuthUsername: null,
    sipAuthPassword: null,
    conductorSid: null,
  });
  const news = { kind: 'call-placed', callSid: call.sid } as const;

  isFailing = true;
  await expect(bus.publish(news)).rejects.toThrow('the disk is full');
  const callsBefore = voice.counts.calls;
  isFailing = false;
  await bus.publish(news);
  const callsAfter = voice.counts.calls;
  await voice.close();

  expect([callsBefore, callsAfter]).toEqual([0, 1]);
  expect((await findCall(context.db, call.sid))?.status).not.toBe('queued');
  await files.close();
});
