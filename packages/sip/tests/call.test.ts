import { expect, test } from 'vitest';

import { type CallDialog, SipEndpoint } from '../src/index.ts';

const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

test.each(['udp', 'tcp'] as const)(
  'a call over %s is placed, answered and hung up',
  async (transport) => {
    const dialogs: Promise<CallDialog>[] = [];
    await using callee = await SipEndpoint.listen({
      host: '127.0.0.1',
      port: 0,
      userAgent: 'callee',
      onInvite: (call) => {
        call.ring();
        dialogs.push(call.answer(SDP));
      },
    });
    await using caller = await SipEndpoint.listen({
      host: '127.0.0.1',
      port: 0,
      userAgent: 'caller',
    });

    const call = caller.invite({
      uri: `sip:bob@127.0.0.1:${callee.port};transport=${transport}`,
      from: 'sip:alice@127.0.0.1',
      sdp: SDP,
    });
    const result = await call.result;
    expect(result.kind).toBe('answered');
    if (result.kind !== 'answered') return;
    const theirs = await dialogs[0];
    await result.dialog.bye();

    expect(await theirs?.ended).toEqual({ by: 'remote' });
    expect(await result.dialog.ended).toEqual({ by: 'local' });
    expect(caller.counts.dialogs).toBe(0);
  },
);
