import { systemOrigin } from '../../src/actions/context.ts';
import { expect, test } from 'vitest';
import { addParticipant } from '../../src/actions/add-participant.ts';
import { createPhoneNumber } from '../../src/actions/create-phone-number.ts';
import { createSubaccount } from '../../src/actions/create-subaccount.ts';
import { defaultConductorSettings, openConductor } from '../../src/actions/open-conductor.ts';
import { openConversation } from '../../src/actions/open-conversation.ts';
import { receiveCall } from '../../src/actions/receive-call.ts';
import { changeAccount } from '../../src/actions/update-account.ts';
import type { Account } from '../../src/model/account.ts';
import { defaultVoiceUrls } from '../../src/model/voice-urls.ts';
import { findAccount } from '../../src/store/accounts.ts';
import type { New } from '../../src/store/schema.ts';
import { both, onEngines, open, type OpenedStore } from './_engines.ts';

const origin = { source: 'API', webhooks: false } as const;
const CALLER = '+14155550101';
const DIALLED = '+14155550100';

async function subaccount({ context, store }: OpenedStore, parent: Account): Promise<Account> {
  const { sid } = await createSubaccount(context, parent, 'Sub', systemOrigin);
  const account = await findAccount(store.db, sid);
  if (account === undefined) throw new Error('no subaccount');
  return account;
}

async function giveNumber({ context }: OpenedStore, { sid }: Account): Promise<void> {
  await createPhoneNumber(
    context,
    sid,
    { phoneNumber: DIALLED as never },
    {
      ...defaultVoiceUrls,
      voiceUrl: 'https://example.com/voice',
      friendlyName: null,
      voiceApplicationSid: null,
      smsApplicationSid: null,
    },
    systemOrigin,
  );
}

/** A conversation of the account in which `address` and `proxyAddress` are a voice binding and a Conductor's. */
async function bind(
  { context }: OpenedStore,
  account: New<Account> & Account,
  address: string,
  proxyAddress: string,
): Promise<void> {
  const conversation = await openConversation(
    context,
    {
      account,
      chatServiceSid: account.defaultServiceSid,
      friendlyName: null,
      uniqueName: null,
      attributes: '{}',
      state: 'active',
      timerInactive: null,
      timerClosed: null,
      emailAddress: null,
      emailName: null,
    },
    origin,
  );
  const where = { accountSid: account.sid, conversationSid: conversation.sid };
  await openConductor(context, where, { ...defaultConductorSettings, proxyAddress }, origin);
  const voice = { address, proxyAddress };
  await addParticipant(
    context,
    where,
    { identity: null, messaging: undefined, voice, attributes: '{}' },
    origin,
  );
}

onEngines('A call to a number', both, (engine) => {
  test('is for the account that has it, whatever others say in their bindings and Conductors', async () => {
    await using opened = await open(engine);
    const main = await opened.account();
    const sub = await subaccount(opened, main);
    await giveNumber(opened, main);
    await bind(opened, sub, CALLER, DIALLED);

    const received = await receiveCall(opened.context, { from: CALLER, to: DIALLED });

    expect(received).toMatchObject({
      kind: 'taken',
      call: { accountSid: main.sid, conductorSid: null },
    });
  });

  test('of a suspended account is refused, and an alert of that account says why', async () => {
    await using opened = await open(engine);
    const sub = await subaccount(opened, await opened.account());
    await giveNumber(opened, sub);
    await changeAccount(opened.context, sub.sid, { status: 'suspended' }, systemOrigin);

    const received = await receiveCall(opened.context, { from: CALLER, to: DIALLED });

    expect(received).toEqual({ kind: 'refused', sipStatus: 404 });
    const alerts = await opened.store.db
      .selectFrom('alerts')
      .select(['accountSid', 'errorCode'])
      .execute();
    expect(alerts).toEqual([{ accountSid: sub.sid, errorCode: 10_003 }]);
  });

  test('comes from a client only where the phone is of the same account', async () => {
    await using opened = await open(engine);
    const main = await opened.account();
    const sub = await subaccount(opened, main);
    await giveNumber(opened, main);
    await bind(opened, main, 'client:alice', DIALLED);
    const from = 'sip:alice@127.0.0.1';
    const phoneOf = ({ sid }: Account) => ({ accountSid: sid, client: 'client:alice' });

    const own = await receiveCall(opened.context, { from, to: DIALLED, phone: phoneOf(main) });
    const others = await receiveCall(opened.context, { from, to: DIALLED, phone: phoneOf(sub) });

    expect(own).toMatchObject({ call: { from: 'client:alice' } });
    expect(others).toMatchObject({ call: { accountSid: main.sid, from } });
    expect(own.kind === 'taken' && own.call.participantSid).not.toBe(
      others.kind === 'taken' && others.call.participantSid,
    );
  });
});
