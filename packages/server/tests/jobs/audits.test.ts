import { expect, it, vi } from 'vitest';
import { startTestServer, type Json } from '../_server.ts';

it('audits every active account when TUTTI_AUDIT_CRON says so', async () => {
  await using server = await startTestServer({ TUTTI_AUDIT_CRON: '* * * * * *' });
  const child = await server.client.api.v2010.accounts.create({ friendlyName: 'Branch' });
  await server.client.conversations.v1.services.list({ limit: 1 });
  await server.client.applications.create({ friendlyName: 'Nobody uses it' });

  const audits = async (credentials?: string): Promise<Json[]> => {
    const more = credentials === undefined ? {} : { credentials };
    const { body } = await server.request('GET', '/v1/Audits', {}, more);
    return body.audits;
  };

  await vi.waitFor(
    async () => {
      expect(await audits()).toContainEqual(
        expect.objectContaining({ source: 'schedule', probed: true, notices: 1 }),
      );
      expect(await audits(`${child.sid}:${child.authToken}`)).toContainEqual(
        expect.objectContaining({ source: 'schedule' }),
      );
    },
    { timeout: 15_000, interval: 100 },
  );
});
