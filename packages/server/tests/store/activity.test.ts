import { FakeClock } from '@tutti/sip';
import { expect, test } from 'vitest';
import { dialLeg } from '../../src/actions/dial-leg.ts';
import { recordCallProgress } from '../../src/actions/record-call-progress.ts';
import type { Call } from '../../src/model/call.ts';
import { findActivityEnd, listActivity } from '../../src/store/activity.ts';
import { both, onEngines, open } from './_engines.ts';

onEngines('Activity of calls', both, (engine) => {
  test('of one millisecond is told of when it is over, whole and once', async () => {
    await using opened = await open(engine);
    const clock = new FakeClock();
    clock.advance(1000);
    const context = { ...opened.context, clock };
    const { sid: accountSid } = await opened.account();
    const parent = { accountSid, sid: null } as unknown as Call;
    const dial = async (to: string): Promise<Call['sid']> => {
      const callbacks = {
        statusCallback: null,
        statusCallbackMethod: 'POST',
        statusCallbackEvents: [],
      } as const;
      return (await dialLeg(context, parent, { to, from: '+15550001111', ...callbacks })).sid;
    };
    let position = await findActivityEnd(context.db, clock.now());
    const follow = async (): Promise<string[]> => {
      const { calls } = await listActivity(context.db, accountSid, position, clock.now(), 100);
      const callsChangedAt = calls.at(-1)?.dateUpdated ?? position.callsChangedAt;
      position = { ...position, callsChangedAt };
      return calls.map(({ to, status }) => `${to} ${status}`);
    };

    const first = await dial('sip:first@host');
    const during = await follow();
    await dial('sip:second@host');
    await recordCallProgress(context, first, { status: 'ringing' });
    clock.advance(1);
    const after = await follow();
    const later = await follow();

    expect([during, later]).toEqual([[], []]);
    expect(after.toSorted()).toEqual(['sip:first@host ringing', 'sip:second@host queued']);
  });
});
