import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WebhookCatcher } from '@tutti/testkit';
import { describe, expect, it } from 'vitest';
import { makeDirectory, runTutti, shareTutti } from './_tutti.ts';

const server = shareTutti();

describe('tutti doctor --online', () => {
  it('asks a Tutti for Conductors, Conversations, applications, and asks their webhooks', async () => {
    const { client, url, accountSid, authToken } = server();
    await using receiver = await WebhookCatcher.open({ authToken });
    const voiceUrl = `${receiver.url}/voice`;
    receiver.reply('/voice', '<Response><Say>Hello</Say></Response>');
    const application = await client.applications.create({ friendlyName: 'Desk', voiceUrl });
    const { conversations } = client.conversations.v1;
    const right = await conversations.create();
    const other = await conversations.create();
    const conductor = await client.conversations.v1
      .conversations(right.sid)
      .conductors.create({ applicationSid: application.sid });
    const cwd = await makeDirectory();
    const write = (conversationSid: string): Promise<void> =>
      writeFile(
        join(cwd, '.env'),
        [
          `TUTTI_URL=${url}`,
          `TWILIO_ACCOUNT_SID=${accountSid}`,
          `TWILIO_AUTH_TOKEN=${authToken}`,
          `CONDUCTOR_SID=${conductor.sid}`,
          `CONVERSATION_SID=${conversationSid}`,
          `VOICE_APP_SID=${application.sid}`,
          'TWILIO_FROM=+15559990000',
        ].join('\n'),
      );
    const run = async (): Promise<{ rules: string[]; code: unknown; sids: unknown }> => {
      const { code, stdout, stderr } = await runTutti(['doctor', '--online', '--json'], { cwd });
      expect(stderr).toBe('');
      const { findings, sids } = JSON.parse(stdout) as {
        findings: { rule: string; subject: string | null }[];
        sids: number;
      };
      return { rules: findings.map(({ rule }) => rule), code, sids };
    };

    await write(other.sid);
    const wrong = await run();
    await write(right.sid);
    const repaired = await run();

    expect(wrong).toEqual({
      code: 1,
      sids: 4,
      rules: [
        'live-number-missing',
        'live-other-binding',
        // It answers whoever asks.
        'endpoint-forgeable',
        'endpoint-forgeable',
      ],
    });
    expect(repaired.rules).toEqual(wrong.rules.filter((rule) => rule !== 'live-other-binding'));
  });

  it('takes a number for answered that a Conductor or a participant has as proxy address', async () => {
    const { client, url, accountSid, authToken } = server();
    const { conversations } = client.conversations.v1;
    const [ofConductor, ofParticipant, ofNobody] = [
      '+15557770001',
      '+15557770002',
      '+15557770003',
    ] as const;
    for (const phoneNumber of [ofConductor, ofParticipant, ofNobody]) {
      await client.incomingPhoneNumbers.create({ phoneNumber });
    }
    const { sid } = await conversations.create();
    await conversations(sid).conductors.create({ proxyAddress: ofConductor });
    await conversations(sid).participants.create({
      'voiceBinding.address': '+15551234567',
      'voiceBinding.proxyAddress': ofParticipant,
    });
    const cwd = await makeDirectory();
    await writeFile(
      join(cwd, '.env'),
      `TUTTI_URL=${url}
TWILIO_ACCOUNT_SID=${accountSid}
TWILIO_AUTH_TOKEN=${authToken}
TWILIO_FROM=${ofConductor}
SHOP_PROXY_NUMBER=${ofParticipant}
CALLER_ID=${ofNobody}
`,
    );

    const { stdout } = await runTutti(['doctor', '--online', '--json'], { cwd });

    const { findings } = JSON.parse(stdout) as { findings: { rule: string; what: string }[] };
    const unbound = findings.filter(({ rule }) => rule === 'live-number-unbound');
    expect(unbound).toHaveLength(1);
    expect(unbound[0]?.what).toContain(ofNobody);
  });

  it('leaves with 2 when it is to ask a server and cannot', async () => {
    const cwd = await makeDirectory();

    const nobody = await runTutti(['doctor', '--online', '--lang', 'en'], { cwd });
    const noUrl = await runTutti(['doctor', '--url', 'voice'], { cwd });

    expect(nobody.code).toBe(2);
    expect(nobody.stdout).toContain('Could not look at the live server: no variable');
    expect(noUrl).toMatchObject({ code: 2, stdout: '' });
    expect(noUrl.stderr).toContain('voice is no URL');
  });
});
