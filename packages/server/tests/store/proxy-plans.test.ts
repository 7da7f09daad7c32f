import { mintSid } from '@tutti/ids';
import { CompiledQuery } from 'kysely';
import { expect, test } from 'vitest';
import { findConductorByProxyAddress } from '../../src/store/conductors.ts';
import { listVoiceParticipantsOfProxy } from '../../src/store/participants.ts';
import { open, sqlite } from './_engines.ts';
import { recordQueries } from './_record-queries.ts';

test('who has a number as proxy address is found without reading all Conductors and participants', async () => {
  await using opened = await open(sqlite, { kind: 'memory' });
  const { db } = opened.store;
  const queries: CompiledQuery[] = [];
  const recorded = recordQueries(sqlite, queries);
  const accountSid = mintSid('AC', 0);

  await findConductorByProxyAddress(recorded, '+15551234567');
  await findConductorByProxyAddress(recorded, '+15551234567', accountSid);
  await listVoiceParticipantsOfProxy(recorded, accountSid, '+15551234567', 50);

  const plans: string[] = [];
  for (const { sql, parameters } of queries) {
    const query = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
    plans.push(JSON.stringify((await db.executeQuery(query)).rows));
  }
  expect(plans).toEqual([
    expect.stringContaining('conductors_proxyAddress'),
    expect.stringContaining('conductors_proxyAddress'),
    expect.stringContaining('participants_voiceProxyAddress'),
  ]);
});
