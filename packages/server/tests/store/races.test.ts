import { systemOrigin } from '../../src/actions/context.ts';
import type { E164 } from '@tutti/ids';
import { expect, test } from 'vitest';
import { addParticipant, type NewParticipant } from '../../src/actions/add-participant.ts';
import { addScopedWebhook } from '../../src/actions/add-scoped-webhook.ts';
import { createApiKey } from '../../src/actions/create-api-key.ts';
import { removeApiKey } from '../../src/actions/delete-api-key.ts';
import { listMonitorEvents } from '../../src/store/monitor-events.ts';
import { configureWebhooks } from '../../src/actions/configure-webhooks.ts';
import { createPhoneNumber } from '../../src/actions/create-phone-number.ts';
import { openMainAccount } from '../../src/actions/open-account.ts';
import { defaultConductorSettings, openConductor } from '../../src/actions/open-conductor.ts';
import { placeCall, type CallToPlace } from '../../src/actions/place-call.ts';
import { recordCallProgress } from '../../src/actions/record-call-progress.ts';
import { recoverCalls } from '../../src/actions/recover-calls.ts';
import { changeConversation } from '../../src/actions/update-conversation.ts';
import { removeConversation } from '../../src/actions/remove-conversation.ts';
import { MessageIntake } from '../../src/actions/message-intake.ts';
import { RequestError, type OutletError } from '../../src/base/app-error.ts';
import { findCall } from '../../src/store/calls.ts';
import { findConductor } from '../../src/store/conductors.ts';
import { listPendingOutbox } from '../../src/store/outbox.ts';
import { findWebhookConfiguration, listScopedWebhooks } from '../../src/store/webhooks.ts';
import { both, onEngines, open, type OpenedStore } from './_engines.ts';

const origin = { source: 'API', webhooks: false } as const;
const TIMES = 20;

/** Starts `TIMES` of them at once: how many were carried out, and by which names the others were refused. */
async function race(
  run: (index: number) => Promise<unknown>,
): Promise<{ done: number; refusals: string[] }> {
  const results = await Promise.allSettled(Array.from({ length: TIMES }, (_, i) => run(i)));
  const refusals = results.flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    const error = result.reason as RequestError | OutletError;
    return [error instanceof RequestError ? error.errorName : String(error)];
  });
  return { done: TIMES - refusals.length, refusals: [...new Set(refusals)] };
}

function person(identity: string | null, more: Partial<NewParticipant> = {}): NewParticipant {
  return { identity, messaging: undefined, voice: undefined, attributes: '{}', ...more };
}

async function conductorOf(opened: OpenedStore, maxCalls: number) {
  const { sid: conversationSid, accountSid } = await opened.conversation();
  const settings = { ...defaultConductorSettings, maxCalls };
  return openConductor(opened.context, { accountSid, conversationSid }, settings, origin);
}

/** A call that tells of its end. */
const callTo = (index: number): Omit<CallToPlace, 'accountSid' | 'conductorSid'> => ({
  url: null,
  method: 'POST',
  twiml: null,
  applicationSid: null,
  to: `sip:phone${index}@example.com`,
  from: 'client:tutti',
  fallbackUrl: null,
  fallbackMethod: 'POST',
  statusCallback: 'http://127.0.0.1:9/status',
  statusCallbackMethod: 'POST',
  statusCallbackEvents: ['completed'],
  timeoutSec: 60,
  timeLimitSec: null,
  sendDigits: null,
  sipAuthUsername: null,
  sipAuthPassword: null,
});

onEngines('Of twenty at once', both, (engine) => {
  test('one gets a unique name, the others are told whose it is', async () => {
    await using opened = await open(engine);

    const outcome = await race(() => opened.conversation({ uniqueName: 'order-1' }));

    expect(outcome).toEqual({ done: 1, refusals: ['uniqueNameTaken'] });
  });

  test('one conversation is renamed to a name, the others are refused', async () => {
    await using opened = await open(engine);
    const all = await Promise.all(Array.from({ length: TIMES }, () => opened.conversation()));

    const outcome = await race(async (index) => {
      const { sid = 'CH0', accountSid = 'AC0' } = all[index] ?? {};
      const where = { accountSid, conversationSid: sid } as never;
      return changeConversation(opened.context, where, { uniqueName: 'order-2' }, origin);
    });

    expect(outcome).toEqual({ done: 1, refusals: ['uniqueNameTaken'] });
  });

  test('one gets an identity', async () => {
    await using opened = await open(engine);
    const { sid: conversationSid, accountSid } = await opened.conversation();

    const outcome = await race(() =>
      addParticipant(opened.context, { accountSid, conversationSid }, person('alice'), origin),
    );

    expect(outcome).toEqual({ done: 1, refusals: ['participantExists'] });
  });

  test('one conversation gets a messaging pair, and one a voice pair', async () => {
    await using opened = await open(engine);
    const all = await Promise.all(Array.from({ length: TIMES }, () => opened.conversation()));
    const pair = { address: '+15550000001', proxyAddress: '+15550000002' };
    const add = async (index: number, participant: NewParticipant): Promise<unknown> => {
      const { sid = 'CH0', accountSid = 'AC0' } = all[index] ?? {};
      const where = { accountSid, conversationSid: sid } as never;
      return addParticipant(opened.context, where, participant, origin);
    };

    const messaging = await race((index) =>
      add(index, person(null, { messaging: { type: 'sms', ...pair } })),
    );
    const voice = await race((index) => add(index, person(null, { voice: pair })));

    expect(messaging).toEqual({ done: 1, refusals: ['bindingTaken'] });
    expect(voice).toEqual({ done: 1, refusals: ['bindingTaken'] });
  });

  test('as many calls join a Conductor as MaxCalls says', async () => {
    await using opened = await open(engine);
    const { sid: conductorSid, accountSid } = await conductorOf(opened, 3);

    const outcome = await race((index) =>
      placeCall(opened.context, {
        ...callTo(index),
        accountSid,
        statusCallback: null,
        statusCallbackEvents: [],
        conductorSid,
      }),
    );

    expect(outcome).toEqual({ done: 3, refusals: ['conductorBusy'] });
  });

  test('one ends the calls that a process left behind, and numbers what it tells', async () => {
    await using opened = await open(engine);
    const { context } = opened;
    const { sid: conductorSid, accountSid } = await conductorOf(opened, 30);
    await placeCall(context, { ...callTo(0), accountSid, conductorSid });

    const ended = await Promise.all(
      Array.from({ length: TIMES }, () => recoverCalls(context, [2])),
    );

    expect(ended.filter((count) => count > 0)).toEqual([1]);
    const told = await listPendingOutbox(context.db, 0, 100);
    const callbacks = told.filter(({ payload }) => payload.includes('"source":"call"'));
    expect(callbacks).toHaveLength(1);
  });

  test('one ends a call, and a Conductor is ready again when its last call has ended', async () => {
    await using opened = await open(engine);
    const { context } = opened;
    const { sid: conductorSid, accountSid } = await conductorOf(opened, 30);
    const calls = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        placeCall(context, { ...callTo(index), accountSid, conductorSid }),
      ),
    );
    const move = (index: number, status: 'in-progress' | 'completed') => {
      const { sid } = calls[index % calls.length] ?? { sid: 'CA0' as never };
      return recordCallProgress(context, sid, { status });
    };
    await Promise.all(calls.map((_, index) => move(index, 'in-progress')));
    const active = await findConductor(opened.store.db, accountSid, conductorSid);

    const ended = await Promise.all(
      Array.from({ length: TIMES }, (_, index) => move(index, 'completed')),
    );

    expect(active?.status).toBe('active');
    expect(ended.filter((call) => call !== undefined)).toHaveLength(calls.length);
    const left = await findConductor(opened.store.db, accountSid, conductorSid);
    expect(left?.status).toBe('ready');
    for (const { sid } of calls) {
      expect(await findCall(opened.store.db, sid)).toMatchObject({ nextSequenceNumber: 1 });
    }
  });

  test('one deletes an API key, and one event tells of it', async () => {
    await using opened = await open(engine);
    const { sid: accountSid } = await opened.account();
    const { key } = await createApiKey(opened.context, accountSid, '', systemOrigin);

    const outcome = await race(() => removeApiKey(opened.context, key, systemOrigin));

    const page = { pageSize: 50, page: 0, cursor: undefined };
    const filter = {
      actorSid: undefined,
      eventType: 'api-key.deleted',
      resourceSid: key.sid,
      sourceIpAddress: undefined,
      startDate: undefined,
      endDate: undefined,
    };
    const events = await listMonitorEvents(opened.store.db, accountSid, filter, page);
    expect(outcome).toEqual({ done: 1, refusals: ['notFound'] });
    expect(events.items).toHaveLength(1);
  });

  test('five become webhooks of a conversation', async () => {
    await using opened = await open(engine);
    const { sid: conversationSid, accountSid } = await opened.conversation();
    const settings = { target: 'webhook', url: 'http://127.0.0.1:9/', method: 'POST' } as const;

    const outcome = await race(() =>
      addScopedWebhook(
        opened.context,
        { accountSid, conversationSid },
        { ...settings, filters: '["onMessageAdded"]', triggers: null },
        undefined,
        origin,
      ),
    );

    expect(outcome).toEqual({ done: 5, refusals: ['tooManyScopedWebhooks'] });
    expect(await listScopedWebhooks(opened.store.db, conversationSid)).toHaveLength(5);
  });

  test('each gets another phone number of an area code, and one a number wanted by all', async () => {
    await using opened = await open(engine);
    const { sid } = await opened.account();
    const settings = {
      friendlyName: null,
      voiceUrl: null,
      voiceMethod: 'POST',
      voiceFallbackUrl: null,
      voiceFallbackMethod: 'POST',
      voiceCallerIdLookup: 0,
      statusCallback: null,
      statusCallbackMethod: 'POST',
      smsUrl: null,
      smsMethod: 'POST',
      smsFallbackUrl: null,
      smsFallbackMethod: 'POST',
      voiceApplicationSid: null,
      smsApplicationSid: null,
    } as never;

    const free = await race(() =>
      createPhoneNumber(opened.context, sid, { areaCode: '415' }, settings, systemOrigin),
    );
    const wanted = await race(() =>
      createPhoneNumber(
        opened.context,
        sid,
        { phoneNumber: '+442079460000' as E164 },
        settings,
        systemOrigin,
      ),
    );

    expect(free).toEqual({ done: TIMES, refusals: [] });
    expect(wanted).toEqual({ done: 1, refusals: ['phoneNumberTaken'] });
  });

  test('each change of the webhook configuration is kept', async () => {
    await using opened = await open(engine);
    const { sid } = await opened.account();
    const changes = [
      { preWebhookUrl: 'http://127.0.0.1:9/pre' },
      { postWebhookUrl: 'http://127.0.0.1:9/post' },
      { method: 'GET' as const },
      { filters: '["onMessageAdded"]' },
    ];

    await race((index) =>
      configureWebhooks(
        opened.context,
        sid,
        sid,
        changes[index % changes.length] ?? {},
        systemOrigin,
      ),
    );

    expect(await findWebhookConfiguration(opened.store.db, sid)).toMatchObject(
      Object.assign({}, ...changes),
    );
  });

  test('messages and the end of their conversation leave nothing behind', async () => {
    await using opened = await open(engine);
    const { sid: conversationSid, accountSid } = await opened.conversation();
    const where = { accountSid, conversationSid };

    const outcome = await race((index) =>
      index === 10
        ? removeConversation(opened.context, where, origin)
        : new MessageIntake(opened.context).add(
            { ...where, author: 'a', body: 'b', attributes: '{}' },
            origin,
          ),
    );

    expect(outcome.refusals).toEqual(outcome.done === TIMES ? [] : ['sidNotFound']);
    const left = await opened.store.db.selectFrom('messages').selectAll().execute();
    expect(left).toEqual([]);
  });

  test('one makes the main account', async () => {
    await using opened = await open(engine);

    const all = await Promise.all(
      Array.from({ length: TIMES }, () => openMainAccount(opened.context, undefined)),
    );

    expect(new Set(all.map(({ account }) => account.sid)).size).toBe(1);
    expect(all.every(({ apiKey }) => apiKey === undefined)).toBe(true);
  });
});
