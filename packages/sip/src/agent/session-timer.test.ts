import { describe, expect, test } from 'vitest';

import { FakeClock } from '../fake-clock.ts';
import { SipHeaders } from '../message/headers.ts';
import { NO_BODY, type SipRequest } from '../message/message.ts';
import { answerSessionTimer, readAgreement, SessionTimer } from './session-timer.ts';

function request(headers: Readonly<Record<string, string>>): SipRequest {
  return {
    kind: 'request',
    method: 'INVITE',
    uri: 'sip:a@b',
    headers: SipHeaders.of(Object.entries(headers)),
    body: NO_BODY,
  };
}

const timer = { Supported: 'timer' };

describe('an INVITE to us', () => {
  // RFC 4028 §9, table 2.
  test.each([
    ['no word of it', {}, undefined, []],
    ['support only', timer, [1800, true], ['1800;refresher=uas', 'timer']],
    [
      'an interval',
      { ...timer, 'Session-Expires': '600' },
      [600, false],
      ['600;refresher=uac', 'timer'],
    ],
    [
      'an interval, ours',
      { ...timer, 'Session-Expires': '600;refresher=uas' },
      [600, true],
      ['600;refresher=uas', 'timer'],
    ],
    [
      'an interval, its own',
      { ...timer, 'Session-Expires': '600;Refresher = UAC' },
      [600, false],
      ['600;refresher=uac', 'timer'],
    ],
    [
      'an interval of a proxy',
      { 'Session-Expires': '600;refresher=uac' },
      [600, true],
      ['600;refresher=uas'],
    ],
    ['too little, of a proxy', { 'Session-Expires': '60' }, [90, true], ['90;refresher=uas']],
    ['nonsense', { 'Session-Expires': 'soon' }, undefined, []],
  ] as const)('with %s', (_what, headers, agreement, said) => {
    const answer = answerSessionTimer(request(headers));

    expect(answer).toMatchObject({
      kind: 'agreed',
      agreement: agreement && { expiresSec: agreement[0], ours: agreement[1] },
    });
    expect(answer.kind === 'agreed' && answer.headers.map(([, value]) => value)).toEqual(said);
  });

  test('with less than we bear is refused', () => {
    const asked = request({ ...timer, 'Session-Expires': '89' });

    expect(answerSessionTimer(asked)).toEqual({ kind: 'too-small' });
  });
});

test.each([
  ['1800;refresher=uac', { expiresSec: 1800, ours: true }],
  ['1800;refresher=uas', { expiresSec: 1800, ours: false }],
  ['1800', { expiresSec: 1800, ours: true }],
  ['10;refresher=uas', { expiresSec: 90, ours: false }],
  ['', undefined],
])('a 2xx with %j agrees to %j', (value, agreement) => {
  expect(readAgreement(request({ 'Session-Expires': value }))).toEqual(agreement);
});

describe('the timer', () => {
  function run() {
    const clock = new FakeClock();
    const told: string[] = [];
    const session = new SessionTimer(clock, {
      refresh: () => told.push('refresh'),
      expire: () => told.push('expire'),
    });
    return { clock, told, session };
  }

  test('refreshes at half the interval', () => {
    const { clock, told, session } = run();
    session.start({ expiresSec: 1800, ours: true });

    clock.advance(899_999);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(['refresh']);
  });

  test.each([
    [1800, 1768],
    [90, 60],
  ])('of %i s gives up a silent peer after %i s', (expiresSec, afterSec) => {
    const { clock, told, session } = run();
    session.start({ expiresSec, ours: false });

    clock.advance(afterSec * 1000 - 1);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(['expire']);
  });

  test('begins anew with each agreement, and ends with none', () => {
    const { clock, told, session } = run();
    session.start({ expiresSec: 90, ours: false });
    clock.advance(50_000);
    session.start({ expiresSec: 90, ours: false });
    clock.advance(50_000);
    expect(told).toEqual([]);

    session.start(undefined);

    expect(clock.pending).toBe(0);
    expect(session.running).toBe(false);
  });
});
