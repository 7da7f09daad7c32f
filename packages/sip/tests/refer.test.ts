import { describe, expect, test } from 'vitest';

import { FakeClock, type IncomingRefer, type ReferProgress } from '../src/index.ts';
import { Inbox, listen, listenForCalls, SDP } from './_setup.ts';

async function connected() {
  const clock = new FakeClock();
  const { endpoint: callee, calls } = await listenForCalls({ clock });
  const caller = await listen({ clock });
  const call = caller.invite({
    uri: `sip:bob@127.0.0.1:${callee.port}`,
    from: 'sip:alice@127.0.0.1',
    sdp: SDP,
  });
  const theirs = await (await calls.next()).answer(SDP);
  const result = await call.result;
  if (result.kind !== 'answered') throw new Error(result.kind);
  return {
    clock,
    callee,
    caller,
    ours: result.dialog,
    theirs,
    [Symbol.asyncDispose]: async () => {
      await caller.close();
      await callee.close();
    },
  };
}

describe('a call that is sent elsewhere', () => {
  test('is told how it goes there, to its end', async () => {
    await using call = await connected();
    const refers = new Inbox<IncomingRefer>();
    const told = new Inbox<ReferProgress>();
    call.theirs.setReferHandler(refers.put);

    const outcome = call.ours.refer('sip:carol@example.com?Replaces=1', told.put);
    const refer = await refers.next();
    expect(refer.target).toBe('sip:carol@example.com?Replaces=1');
    const { notify } = refer.accept();
    expect(await told.next()).toEqual({ status: 100, reason: 'Trying' });
    void notify(180, 'Ringing');
    expect(await told.next()).toEqual({ status: 180, reason: 'Ringing' });
    void notify(486, 'Busy Here');
    void notify(200, 'OK');

    expect(await outcome).toEqual({ status: 486, reason: 'Busy Here' });
    expect(call.caller.counts.dialogs).toBe(1);
  });

  test('stays when the peer does not want to', async () => {
    await using call = await connected();

    await expect(call.ours.refer('sip:carol@example.com')).rejects.toMatchObject({
      code: 'refused',
      status: 603,
    });
    call.theirs.setReferHandler((refer) => {
      refer.reject(403);
    });
    await expect(call.ours.refer('sip:carol@example.com')).rejects.toMatchObject({ status: 403 });
  });

  test('waits for one outcome at a time, and not for ever', async () => {
    await using call = await connected();
    const refers = new Inbox<IncomingRefer>();
    call.theirs.setReferHandler(refers.put);
    const outcome = call.ours.refer('sip:carol@example.com').catch((error: unknown) => error);
    (await refers.next()).accept();

    await expect(call.ours.refer('sip:dave@example.com')).rejects.toMatchObject({ code: 'state' });
    call.clock.advance(180_000);

    expect(await outcome).toMatchObject({ code: 'timeout' });
  });

  test('that ends meanwhile has no outcome', async () => {
    await using call = await connected();
    const refers = new Inbox<IncomingRefer>();
    call.theirs.setReferHandler(refers.put);
    const outcome = call.ours.refer('sip:carol@example.com').catch((error: unknown) => error);
    await refers.next();

    await call.theirs.bye();

    expect(await outcome).toMatchObject({ code: 'ended' });
    await expect(call.ours.refer('sip:carol@example.com')).rejects.toMatchObject({ code: 'ended' });
    await expect(call.ours.refer('no uri')).rejects.toThrow(TypeError);
  });
});
