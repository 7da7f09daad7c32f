import { expect, it } from 'vitest';
import { decodeToken, grantedSids } from './access-token.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

it('reads header and payload, whatever letters are in them', () => {
  const payload = { sub: 'AC1', grants: { identity: 'Zoë 小明?>' } };

  expect(decodeToken(` ${part({ alg: 'HS256' })}.${part(payload)}.c2ln\n`)).toMatchObject({
    ok: true,
    value: { header: { alg: 'HS256' }, payload, signature: 'c2ln' },
  });
});

it.each([
  ['eyJ9.eyJ9', 'parts'],
  ['%%.eyJ9.x', 'header'],
  [`${part([])}.${part({})}.x`, 'header'],
  [`${part({})}.${part('text')}.x`, 'payload'],
])('says which part of %s is none', (text, error) => {
  expect(decodeToken(text)).toEqual({ ok: false, error });
});

it('tells the SIDs that are granted as they stand there, with the kind that belongs there', () => {
  const grants = {
    identity: 'a',
    voice: { outgoing: { application_sid: 'CN1' }, incoming: { allow: true } },
    chat: { service_sid: 7 },
  };

  expect(grantedSids({ grants })).toEqual([
    { path: 'voice.outgoing.application_sid', given: 'CN1', wanted: ['AP'] },
    { path: 'chat.service_sid', given: '7', wanted: ['IS'] },
  ]);
  expect(grantedSids({ grants: 'none' })).toEqual([]);
});
