import { createHmac } from 'node:crypto';
import { examineProject, textOf, type Finding } from '@tutti/doctor';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { writeProject } from './_corpus.ts';

const { AccessToken, ClientCapability } = twilio.jwt;

const account = 'AC3f2a91c07be64d58a1c9e0b7d4526f8e';
const key = 'SK3f2a91c07be64d58a1c9e0b7d4526f8e';
const otherKey = 'SK0a1b91c07be64d58a1c9e0b7d4526f8e';
const application = 'AP3f2a91c07be64d58a1c9e0b7d4526f8e';
const conductor = 'CN3f2a91c07be64d58a1c9e0b7d4526f8e';
const secret = 'Zq7Lm2Xv9Rt4Wp6Ny8Kc3Hb5Jd1Fg0Sa';
const authToken = '0123456789abcdef0123456789abcdef';
const nowMs = Date.parse('2026-11-22T12:00:00Z');
const now = nowMs / 1000;

type Claims = Record<string, unknown>;

const payload = {
  jti: `${key}-1`,
  iss: key,
  sub: account,
  iat: now - 60,
  exp: now + 3600,
  grants: {
    identity: 'alice',
    voice: { incoming: { allow: true }, outgoing: { application_sid: application } },
  },
};
const header = { alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' };
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function jwt(claims: Claims = {}, head: Claims = {}, signedWith = secret): string {
  const text = `${part({ ...header, ...head })}.${part({ ...payload, ...claims })}`;
  return `${text}.${createHmac('sha256', signedWith).update(text).digest('base64url')}`;
}

const env = `TWILIO_ACCOUNT_SID=${account}\nTWILIO_AUTH_TOKEN=${authToken}\nTWILIO_API_KEY=${key}\nTWILIO_API_SECRET=${secret}\n`;

async function examine(
  token: string,
  files: Readonly<Record<string, string>> = { '.env': env },
  at = nowMs,
): Promise<{ readonly findings: readonly Finding[]; readonly omissions: readonly object[] }> {
  using project = writeProject(new Map(Object.entries(files)));
  const report = await examineProject(project.root, { nowMs: at, tokens: { '--token': token } });
  for (const finding of report.findings) {
    for (const language of ['en', 'zh'] as const) {
      const told = Object.values(textOf(finding, language)).join('');
      expect(told).not.toMatch(/undefined|\[object/);
      expect(told).not.toContain(secret);
      expect(told).not.toContain(authToken);
    }
  }
  return report;
}

describe('An access token', () => {
  it('that is right is no finding', async () => {
    expect(await examine(jwt())).toMatchObject({ findings: [], omissions: [{ part: 'offline' }] });
  });

  it('that the official package makes is no finding', async () => {
    const token = new AccessToken(account, key, secret, { identity: 'alice', ttl: 600 });
    token.addGrant(new AccessToken.VoiceGrant({ outgoingApplicationSid: application }));
    token.addGrant(new AccessToken.ChatGrant({ serviceSid: `IS${key.slice(2)}` }));

    expect(await examine(token.toJwt(), undefined, Date.now())).toMatchObject({ findings: [] });
  });

  it.each<[string, string, object, string]>([
    ['is cut off', 'token-malformed', { reason: 'parts' }, jwt().split('.', 2).join('.')],
    ['has a broken header', 'token-malformed', { reason: 'header' }, `x${jwt()}`],
    ['has a broken payload', 'token-malformed', { reason: 'payload' }, jwt().replace('.', '.x')],
    ['is of another kind', 'token-header', { field: 'cty' }, jwt({}, { cty: 'twilio-cap' })],
    ['names the account as its key', 'token-party', { claim: 'iss' }, jwt({ iss: account })],
    ['names the key as its account', 'token-party', { claim: 'sub' }, jwt({ sub: key })],
    ['has no account', 'token-party', { claim: 'sub' }, jwt({ sub: undefined })],
    ['has expired', 'token-time', { problem: 'expired' }, jwt({ exp: now - 1 })],
    ['has no end', 'token-time', { problem: 'endless' }, jwt({ exp: undefined })],
    ['was made in the future', 'token-time', { problem: 'not-yet' }, jwt({ iat: now + 900 })],
    ['is not valid yet', 'token-time', { problem: 'not-yet' }, jwt({ nbf: now + 900 })],
    ['lives two days', 'token-life', { hours: 48 }, jwt({ iat: now, exp: now + 172_800 })],
    ['grants nothing', 'token-without-grant', { missing: 'grants' }, jwt({ grants: {} })],
    [
      'names nobody',
      'token-without-grant',
      { missing: 'identity' },
      jwt({ grants: { chat: { service_sid: `IS${key.slice(2)}` } } }),
    ],
    [
      'has the Conductor where the application belongs',
      'token-grant',
      { grant: 'voice.outgoing.application_sid', wanted: ['AP'] },
      jwt({
        grants: { identity: 'alice', voice: { outgoing: { application_sid: conductor } } },
      }),
    ],
    [
      'has the Conversation where its service belongs',
      'token-grant',
      { grant: 'chat.service_sid', wanted: ['IS'] },
      jwt({ grants: { identity: 'alice', chat: { service_sid: `CH${key.slice(2)}` } } }),
    ],
    [
      'is signed with the auth token',
      'token-signature',
      { signedWith: 'auth-token', secret: 'TWILIO_AUTH_TOKEN' },
      jwt({}, {}, authToken),
    ],
    [
      'is signed with something else',
      'token-signature',
      { signedWith: 'unknown', secret: 'TWILIO_API_SECRET' },
      jwt({}, {}, 'something else'),
    ],
    [
      'names another key than that of the secret',
      'token-signature',
      { signedWith: 'other-key', secret: 'TWILIO_API_SECRET' },
      jwt({ iss: otherKey }),
    ],
  ])('that %s is a finding', async (_, rule, values, token) => {
    const { findings } = await examine(token);

    const found = findings.find((finding) => finding.rule === rule);
    expect(findings.map((finding) => finding.rule)).toContain(rule);
    expect(found).toMatchObject({ values, place: undefined, subject: '--token' });
  });

  it('with no signature at all is refused by its header and by its signature', async () => {
    const unsigned = `${part({ ...header, alg: 'none' })}.${part(payload)}.`;

    const { findings } = await examine(unsigned);

    expect(findings.map(({ rule }) => rule)).toEqual(['token-header', 'token-signature']);
  });

  it('whose secret is not known is looked at but for that, and this is said', async () => {
    expect(await examine(jwt({ iss: otherKey }, {}, 'its secret'))).toMatchObject({
      findings: [],
      omissions: [{ part: 'token-signature', name: '--token' }, { part: 'offline' }],
    });
  });

  it('of the time before is told apart', async () => {
    const old = new ClientCapability({ accountSid: account, authToken });
    old.addScope(new ClientCapability.OutgoingClientScope({ applicationSid: application }));

    const { findings } = await examine(old.toJwt());

    expect(findings.map(({ rule }) => rule)).toEqual(['token-capability']);
  });

  it('in a variable is found there; tokens of others are let alone', async () => {
    using project = writeProject(
      new Map([['.env', `${env}CHAT_TOKEN=${jwt({ exp: now - 1 })}\n`]]),
    );
    const others = { SUPABASE_KEY: `${part({ alg: 'HS256' })}.${part({ iss: 'supabase' })}.x` };

    const report = await examineProject(project.root, { nowMs, variables: others });

    expect(report.tokens).toBe(1);
    expect(report.findings).toMatchObject([
      { rule: 'token-time', values: { token: 'CHAT_TOKEN' }, place: { file: '.env', line: 5 } },
    ]);
  });
});

describe('The process environment', () => {
  it('is looked over as a file is, without a place', async () => {
    using project = writeProject(new Map());

    const report = await examineProject(project.root, {
      nowMs,
      variables: { CONDUCTOR_SID: application, HOME: '/', EMPTY: undefined },
    });

    expect(report.findings).toEqual([
      {
        rule: 'env-wrong-kind',
        values: expect.objectContaining({ variable: 'CONDUCTOR_SID' }),
        place: undefined,
      },
    ]);
  });

  it('is told of once where it has a variable from a file', async () => {
    using project = writeProject(new Map([['.env', `CONDUCTOR_SID=${application}\n`]]));

    const report = await examineProject(project.root, {
      nowMs,
      variables: { CONDUCTOR_SID: application },
    });

    expect(report.findings).toMatchObject([{ place: { file: '.env' } }]);
  });
});
